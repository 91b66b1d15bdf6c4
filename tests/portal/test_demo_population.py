"""A demonstration as a leader sees it first: few late dossiers and why, few calls, people who agreed to messages."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dossiers.desk.worklist.today_page import approvals
from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.filing.rules.form import shipped_forms
from dossiers.lifecycle import files
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data
from dossiers.workflow.rules.statuses import Status
from messaging.contacts.models import Consent
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from portal.demo import filings, population
from portal.demo.planned import CONSENTS, PROPOSALS
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.rights import agencies_of
from tests.dossiers.lifecycle.files.conftest import store  # noqa: F401 – a fixture
from tests.factories import AgencyFactory, Office, ProcedureFactory

DOSSIERS = 40
WEDNESDAY = datetime(2026, 11, 25, 10, tzinfo=clock.VIETNAM)
SUNDAY_NIGHT_OF_TET = datetime(2027, 2, 7, 3, tzinfo=clock.VIETNAM)


# The browser's demonstration is made on a usual day too.
A_WEDNESDAY = pytest.param(WEDNESDAY, marks=pytest.mark.deep)


@pytest.fixture(params=[A_WEDNESDAY, SUNDAY_NIGHT_OF_TET], ids=["a Wednesday", "a night of Tết"])
def now(request: pytest.FixtureRequest) -> Iterator[datetime]:
    with clock.frozen(request.param):
        yield request.param


@pytest.fixture
def shown(province: ProvinceRecord, now: datetime) -> dict[str, Any]:
    Office()
    ward = AgencyFactory(code="H15.21", name="UBND phường Mẫu", level="commune")
    AgencyFactory(code="H15.21.01", name="Trung tâm phường Mẫu", level="commune", parent=ward, desk=True)
    ProcedureFactory(
        code="9.000001", name="Việc minh họa", short_name="Việc minh họa", term=(None, "same_day")
    )
    WorkflowVersion.publish(complaint_workflow_data(clock.today()), code="complaint")
    complaint = ProcedureFactory(complaint=True)
    WorkflowAssignment.objects.create(scope="procedure", key=complaint.code, workflow_code="complaint")
    Procedure.objects.filter(code="1.000894").update(summary="Tóm tắt minh họa")
    return population.populate(current_province(), DOSSIERS, lambda line: None)


def test_demonstration_can_be_shown_to_a_leader(shown: dict[str, Any], now: datetime) -> None:
    ours = Dossier.objects.filter(source="")
    still = ours.filter(finished_at=None, closed_at=None)
    late = still.filter(due_at__lt=now, paused_since=None).exclude(status=Status.NEW)
    assert 0 < late.count() <= max(1, 0.05 * still.count())
    assert all(one.extended_to and one.events.get(kind="apologise").note.text for one in late)
    assert not ours.filter(due_at__lt=now, status__in=[5, 6], citizen_due_at__lt=now).exists()
    assert set(ours.values_list("status", flat=True)) == {int(status) for status in Status}
    assert max(Event.objects.values_list("at", flat=True)) <= now

    archived = Dossier.objects.filter(source=population.ARCHIVE_SOURCE)
    assert set(archived.values_list("status", flat=True)) == {Status.RETURNED}
    told = set(Message.objects.values_list("subject", flat=True))
    assert not told & {dossier.subject for dossier in archived}

    leader = User.objects.get(
        username=next(one["username"] for one in shown["users"] if one["role"] == "leader")
    )
    assert approvals(leader).count() == PROPOSALS

    assert 0 < Call.objects.filter(settled_at=None).count() <= population.CALLS
    assert Consent.objects.filter(purpose="news").count() >= CONSENTS

    sample = Dossier.objects.get(code=shown["sample"]["code"])
    assert sample.status == Status.DONE
    assert sample.notice_channels
    assert files.results(sample)

    clerk = next(one for one in shown["users"] if one["role"] == "ward_clerk")
    seen = agencies_of(User.objects.get(username=clerk["username"]))
    assert seen is not None
    assert {one.receiving_agency.code for one in ours.filter(receiving_agency__in=seen)} == {"H15.21.01"}


def test_citizens_of_a_demonstration_have_drafts_and_filed_dossiers(
    province: ProvinceRecord,
    noon: datetime,
    store: Path,  # noqa: F811
) -> None:
    Office()
    ward = AgencyFactory(code="H15.21", name="UBND phường Mẫu", level="commune")
    AgencyFactory(code="H15.21.01", name="Trung tâm phường Mẫu", level="commune", parent=ward, desk=True)
    birth = ProcedureFactory(code="1.001193", name="Khai sinh", filing_mode="local")
    form = shipped_forms()[birth.code]
    FilingFormVersion.publish(form.to_data(), birth.code)
    described = filings.file_some()
    filed = Dossier.objects.filter(channel="online", procedure=birth)
    assert described == {"procedure": birth.code, "url": "/nop/1.001193/"}
    assert (filed.count(), set(filed.values_list("status", flat=True))) == (filings.FILED, {1})
    assert FilingDraft.objects.filter(filed_at=None).count() == filings.BEGUN
