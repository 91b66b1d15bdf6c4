"""Every step with every transition that does not start there, tried through the service: none changes anything."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.rules.shipped import default_workflow_data
from dossiers.workflow.rules.workflow import Workflow
from messaging.outbox.models.messages import Message
from tenants import clock
from tests import tables
from tests.deep import share
from tests.dossiers.walking import received, take
from tests.dossiers.workflow.test_workflow import ALLOWED as BY_HAND
from tests.dossiers.workflow.test_workflow import STEPS
from tests.factories import AgencyFactory, AssignmentFactory, Office

WORKFLOW = Workflow.from_data(default_workflow_data())
# From step → the transitions that must work, as the table written by hand says.
ALLOWED = {step: {row[0] for (source, _target), row in BY_HAND.items() if source == step} for step in STEPS}
# How a dossier comes to stand at each step.
ROADS = tables.read(__file__, "roads.yaml")
FILED_ONLINE = ("new", "filing_supplement")
FORBIDDEN = [
    (step, code)
    for step, code in itertools.product(ALLOWED, WORKFLOW.transitions)
    if code not in ALLOWED[step]
]
# A fifth in `make test`. What is possible is taken by `test_workflow_provinces` and `test_preview`.
TRIED = share(FORBIDDEN, 0, 5)


def standing_at(office: Office, step: str, **changed: Any) -> Dossier:
    """A dossier that has come to this step along the workflow."""
    channel = "online" if step in FILED_ONLINE else "counter"
    dossier = received(office, **{"channel": channel, "consents": frozenset(), **changed})
    for code in ROADS[step].split():
        take(office, dossier, code)
    assert dossier.step == step
    return dossier


@pytest.mark.sampled
@pytest.mark.parametrize(("step", "transition"), TRIED, ids=[f"{step}-{code}" for step, code in TRIED])
def test_what_no_arrow_leads_to_changes_nothing(office: Office, step: str, transition: str) -> None:
    dossier = standing_at(office, step)
    before = dossier.events.count()
    with pytest.raises(NotPossible):
        take(office, dossier, transition)
    dossier.refresh_from_db()
    assert (dossier.step, dossier.events.count()) == (step, before)


def test_role_is_asked(office: Office) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotEntitled):
        take(office, dossier, "finish", actor=office.clerk)
    assert dossier.events.count() == 2


@pytest.mark.parametrize(
    ("transition", "missing"),
    [
        ("require_supplement", {"papers": ()}),
        ("require_supplement", {"note": " "}),
        ("require_payment", {"amount": ""}),
    ],
)
def test_demands_are_asked(office: Office, transition: str, missing: dict[str, object]) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotPossible):
        take(office, dossier, transition, **missing)


def test_harmful_notice_is_held_two_minutes(office: Office) -> None:
    dossier = standing_at(office, "received", consents=frozenset({"mock"}))
    take(office, dossier, "refuse")
    message = Message.objects.get(intent="refused")
    assert (message.not_before - message.created_at).total_seconds() == 120


@pytest.mark.parametrize("text", ["\0", "\ud800", "x" * 100_000])
def test_unusable_note_is_refused(office: Office, text: str) -> None:
    dossier = standing_at(office, "received")
    with pytest.raises(NotPossible):
        take(office, dossier, "refuse", note=text)


def test_assignee_must_work_at_the_competent_agency(office: Office) -> None:
    dossier = standing_at(office, "received")
    with pytest.raises(NotPossible):
        take(office, dossier, "forward", assignee=office.clerk)
    with pytest.raises(NotPossible):
        take(office, dossier, "forward", assignee=None)
    assert dossier.events.count() == 1


def test_leader_of_a_mere_support_point_decides_nothing(office: Office) -> None:
    point = AgencyFactory(code="H15.30", desk=True)
    office.clerk.assignments.create(agency=point, role="clerk")
    stranger = AssignmentFactory(agency=point, role="leader").user
    dossier = standing_at(office, "in_progress", support_point=point.code)
    with pytest.raises(NotEntitled):
        take(office, dossier, "stop", actor=stranger)


@pytest.mark.parametrize("papers", [("x" * 301,), ("x",) * 51, ("a\0",)])
def test_unfit_papers_are_refused(office: Office, papers: tuple[str, ...]) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotPossible):
        take(office, dossier, "require_supplement", papers=papers)


def test_a_server_whose_clock_is_behind_does_not_turn_history_back(office: Office, noon: datetime) -> None:
    dossier = standing_at(office, "payment")
    paused_since = dossier.paused_since
    with clock.frozen(noon - timedelta(minutes=2)):
        event = take(office, dossier, "payment_received")
    assert event.at == paused_since


def test_history_tells_the_office_that_acted(office: Office) -> None:
    dossier = standing_at(office, "received")
    assert take(office, dossier, "forward").agency == office.desk
    assert take(office, dossier, "finish").agency == office.department


def test_refused_dossier_has_no_result_time(office: Office) -> None:
    dossier = standing_at(office, "received")
    take(office, dossier, "refuse")
    assert dossier.finished_at is None
    assert dossier.closed_at is not None
