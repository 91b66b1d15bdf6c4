"""Complaints from the desk to the complainant's page: limits, choices, suspension, words, secrecy."""

from datetime import date, datetime
from typing import Any

import pytest
import yaml
from django.test import Client

from dossiers.deadlines.rules.deadlines import Term, TermUnit
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import IntakeRefused, NeedsApproval, NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from dossiers.workflow.rules import shipped
from dossiers.workflow.rules.shipped import complaint_workflow_data
from dossiers.workflow.rules.workflow import Workflow
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.isolation.province_cache import ProvinceRecord
from tenants.validation import read
from tests import tables
from tests.dossiers.complaint_office import ComplaintOffice, ConciliationOffice, at
from tests.factories import ProcedureFactory

HOST = "daklak.localhost"


@pytest.fixture
def office(province: ProvinceRecord, noon: datetime) -> ComplaintOffice:
    return ComplaintOffice()


@pytest.fixture
def complaint(office: ComplaintOffice) -> Dossier:
    return office.received().dossier


def page_of(citizen: Client, dossier: Dossier, when: str = "") -> str:
    token = AccessToken.objects.filter(dossier=dossier, purpose="receipt").get().value
    with clock.frozen(at(when) if when else clock.now()):
        response = citizen.get(f"/h/{token}/")
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def due(dossier: Dossier) -> str:
    assert dossier.due_at is not None
    return f"{dossier.due_at.astimezone(clock.VIETNAM):%Y-%m-%d %H:%M}"


def test_it_is_accepted_or_refused_within_seven_working_days(complaint: Dossier) -> None:
    # 25/11 is not counted; 26, 27, 30/11, 1, 2, 3, 4/12.
    assert due(complaint) == "2026-12-04 17:00"


@pytest.mark.parametrize(
    ("transition", "choice", "last_day"),
    tables.read(__file__, "complaint_terms.yaml"),
)
def test_chosen_term_runs_from_acceptance(office, complaint, transition, choice, last_day):
    office.act(complaint, transition, "2026-11-26 09:00", term=choice)
    assert due(complaint) == f"{last_day} 17:00"


@pytest.mark.parametrize("choice", ["", "99", "accept_first"])
def test_acceptance_needs_a_term_from_the_list(office, complaint, choice):
    with pytest.raises(NotPossible):
        office.act(complaint, "accept_first", term=choice)
    assert complaint.events.count() == 1


def test_days_of_suspension_are_added(office: ComplaintOffice, complaint: Dossier) -> None:
    office.act(complaint, "accept_first", "2026-11-26 09:00", term="usual")
    office.act(complaint, "verify", "2026-11-27 09:00")
    office.act(complaint, "suspend", "2026-12-01 09:00", note="Người khiếu nại đang nằm viện")
    assert complaint.paused_since == at("2026-12-01 09:00")
    office.act(complaint, "resume", "2026-12-11 09:00")
    # Ten days later than 28/12 (the 30th day is Saturday 26/12).
    assert due(complaint) == "2027-01-05 17:00"


def test_suspended_complaint_is_never_late(office: ComplaintOffice, complaint: Dossier) -> None:
    office.act(complaint, "accept_first", "2026-11-26 09:00", term="usual")
    office.act(complaint, "suspend", "2026-12-01 09:00")
    citizen = Client(headers={"host": HOST})
    assert "xin lỗi" not in page_of(citizen, complaint, "2027-03-01 09:00").lower()


def test_national_status_of_each_step() -> None:
    steps = Workflow.from_data(complaint_workflow_data()).steps
    assert {code: int(step.status) for code, step in steps.items()} == {
        "received": 2, "refused": 3, "accepted": 4, "verifying": 4, "dialogue": 4, "suspended": 4, "withdrawn": 7,
        "stopped": 8, "decided": 9, "delivered": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("acts", "step", "words"),
    tables.read(__file__, "complaint_pages.yaml"),
)
def test_page_speaks_of_a_complaint(office, citizen, complaint, acts, step, words):
    for act in acts:
        office.act(complaint, act)
    page = page_of(citizen, complaint)
    assert complaint.step == step
    assert words in page
    for foreign in ("Hẹn trả kết quả", "Nhận kết quả", "Hồ sơ đang ở đâu", "giấy hẹn"):
        assert foreign not in page.split("<main")[1].split("<aside")[0]


def test_page_names_number_and_day_of_the_decision(office: ComplaintOffice, citizen: Client) -> None:
    page = page_of(citizen, office.decided(), "2026-12-08 08:00")
    assert "số 12/QĐ-UBND, ngày 07/12/2026" in page
    assert "Mời ông/bà nhận quyết định tại" in page


def test_late_complaint_says_sorry_in_its_own_words(office, citizen, complaint):
    page = page_of(citizen, complaint, "2026-12-08 08:00")
    assert "Quá thời hạn 2 ngày làm việc" in page
    assert "Chúng tôi xin lỗi" in page


def test_day_for_acceptance_is_not_promised_as_the_day_of_the_decision(office, citizen, complaint):
    assert "Dự kiến trước" not in page_of(citizen, complaint)
    office.act(complaint, "accept_first")
    assert "Dự kiến trước" in page_of(citizen, complaint)


def test_refusal_tells_why(office: ComplaintOffice, citizen: Client, complaint: Dossier) -> None:
    office.act(complaint, "refuse", note="Đã hết thời hiệu khiếu nại")
    page = page_of(citizen, complaint)
    assert "Đơn không được thụ lý." in page
    assert "Đã hết thời hiệu khiếu nại" in page


@pytest.mark.parametrize("transition", ["refuse", "accept_first", "accept_second"])
def test_a_specialist_needs_the_leader(office: ComplaintOffice, complaint: Dossier, transition: str) -> None:
    step = complaint.workflow_version.workflow.transitions[transition]
    given = office.given(complaint, step)
    with pytest.raises(NeedsApproval):
        services.apply_transition(
            complaint.pk, transition, actor=office.specialist, seen=1, given=services.TransitionInput(**given)
        )
    proposal = services.propose(
        complaint.pk, transition, actor=office.specialist, seen=1, given=services.TransitionInput(**given)
    )
    services.approve(proposal.pk, actor=office.leader, seen=2)
    complaint.refresh_from_db()
    assert complaint.step == step.target


def test_decision_needs_number_and_day(office: ComplaintOffice, complaint: Dossier) -> None:
    office.act(complaint, "accept_first")
    with pytest.raises(NotPossible):
        office.act(complaint, "decide", decision=None)
    with pytest.raises(NotPossible):
        office.act(complaint, "decide", decision=("  ", date(2026, 11, 20)))


# --- Messages.

MESSAGES = tables.read(__file__, "complaint_messages.yaml")


@pytest.mark.parametrize("name", MESSAGES)
def test_message_says_nothing_of_what_it_is_about(office, complaint, name):
    for act in MESSAGES[name]:
        office.act(complaint, act)
    message = Message.objects.get(intent=name)
    assert complaint.code in message.body
    assert "hồ sơ của ông/bà" not in message.body.lower()
    told = f"{message.title} {message.body} {message.rows}"
    assert office.procedure.short_name not in told
    assert "{" not in told


def test_accepted_message_names_the_day_and_the_limit(office: ComplaintOffice, complaint: Dossier) -> None:
    office.act(complaint, "accept_first", "2026-11-26 09:00", term="usual")
    body = Message.objects.get(intent="complaint_accepted").body
    assert "ngày 26/11/2026" in body
    assert "đến 17:00, 28/12/2026" in body


# --- Nothing without the key.


def without_code(page: str, code: str) -> str:
    return page.replace(code, "CODE").replace("BCGHKL", "")


@pytest.mark.parametrize("key", ["", "BCGHKL"])
@pytest.mark.parametrize("acts", [[], ["refuse"], ["accept_second", "decide"]])
def test_without_the_key_it_is_an_unknown_code(office, citizen, complaint, key, acts):
    for act in acts:
        office.act(complaint, act)
    unknown = "H15.08-261125-9999"
    real = citizen.post("/tra-cuu/", {"code": complaint.code, "key": key})
    none = citizen.post("/tra-cuu/", {"code": unknown, "key": key})
    assert real.status_code == none.status_code
    assert without_code(real.content.decode(), complaint.code) == without_code(none.content.decode(), unknown)
    assert citizen.get(f"/ho-so/{complaint.code}/").status_code == 404


def test_with_the_key_it_opens(office: ComplaintOffice, citizen: Client) -> None:
    received = office.received()
    answer = citizen.post("/tra-cuu/", {"code": received.dossier.code, "key": received.key})
    assert "Đã nhận đơn" in citizen.get(answer["Location"]).content.decode()


def test_unknown_code_and_complaint_take_the_same_statements(
    office: ComplaintOffice, citizen: Client, complaint: Dossier, django_assert_num_queries: Any
) -> None:
    citizen.post("/tra-cuu/", {"code": complaint.code, "key": "BCGHKL"})
    for code in (complaint.code, "H15.08-261125-9999"):
        with django_assert_num_queries(1):
            citizen.post("/tra-cuu/", {"code": code, "key": "BCGHKM"})


# --- Limits as data.


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (date(2026, 6, 30), Term(10, TermUnit.CALENDAR_DAY)),
        (date(2026, 7, 1), Term(7, TermUnit.WORKING_DAY)),
    ],
)
def test_limit_of_acceptance_follows_the_day(day: date, term: Term) -> None:
    assert shipped.acceptance_on(day).term == term


def test_a_limit_without_its_source_is_refused() -> None:
    text = shipped.LIMITS.read_text(encoding="utf-8").replace(", source: Luật Khiếu nại 02/2011/QH13}", "}")
    found, faults = read(shipped.ComplaintLimits, yaml.safe_load(text))
    assert (found, [fault.place for fault in faults]) == (None, ["acceptance[0].source"])


def test_there_is_no_limit_before_the_law() -> None:
    with pytest.raises(LookupError):
        shipped.acceptance_on(date(2010, 1, 1))


# --- Denunciations.


def test_denunciation_is_not_received(office: ComplaintOffice) -> None:
    ProcedureFactory(code="1.003482", name="Giải quyết tố cáo", kind="denunciation", handled=False)
    with pytest.raises(IntakeRefused, match="không tiếp nhận"):
        office.received(procedure_code="1.003482")
    assert not Event.objects.exists()


def test_page_names_who_takes_denunciations(office: ComplaintOffice, citizen: Client) -> None:
    page = citizen.get("/to-cao/").content.decode()
    assert "Trang này không nhận tố cáo." in page
    assert "Trụ sở Tiếp công dân cấp tỉnh" in page
    assert "<form" not in page


def test_procedure_of_a_denunciation_leads_to_that_page(office: ComplaintOffice, citizen: Client) -> None:
    ProcedureFactory(code="1.003482", name="Giải quyết tố cáo", kind="denunciation", handled=False)
    assert 'href="/to-cao/"' in citizen.get("/thu-tuc/1.003482/").content.decode().split("<footer")[0]


# --- Conciliation.


@pytest.fixture
def commune(province: ProvinceRecord, noon: datetime) -> ConciliationOffice:
    return ConciliationOffice()


def test_conciliation_runs_under_the_term_of_its_procedure(commune: ConciliationOffice) -> None:
    dossier = commune.received().dossier
    assert due(dossier) == "2026-12-25 17:00"
    commune.act(dossier, "accept", "2026-11-26 09:00")
    assert due(dossier) == "2026-12-25 17:00"


def test_conciliation_without_a_term_has_none(province: ProvinceRecord, noon: datetime) -> None:
    office = ConciliationOffice()
    office.procedure = ProcedureFactory(
        code="9.009999", name="Hòa giải tranh chấp đất đai", kind="conciliation", term=(1, "")
    )
    assert office.received().dossier.due_at is None


@pytest.mark.parametrize(
    ("acts", "words", "status"),
    [
        (["accept", "verify", "meet", "agree"], "Hòa giải thành", 9),
        (["accept", "verify", "not_agree"], "Hòa giải không thành", 9),
        (["accept", "verify", "meet", "agree", "deliver"], "Đã giao biên bản", 10),
        (["refuse"], "Không thụ lý", 3),
    ],
)
def test_conciliation_ends_in_its_own_words(commune, citizen, acts, words, status):
    dossier = commune.received().dossier
    for act in acts:
        commune.act(dossier, act)
    assert dossier.status == status
    assert words in page_of(citizen, dossier)


def test_conciliation_shows_nothing_without_the_key(commune: ConciliationOffice, citizen: Client) -> None:
    dossier = commune.received().dossier
    assert citizen.get(f"/ho-so/{dossier.code}/").status_code == 404
