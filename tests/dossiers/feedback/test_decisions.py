"""Decisions on complaints that must be public: which, by when, and never with a name in them."""

from datetime import datetime

import pytest
from django.test import Client

from dossiers.feedback import decisions
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Decision, Dossier
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tests.dossiers.chatting import words
from tests.dossiers.complaint_office import ComplaintOffice, at
from tests.dossiers.desk.test_desk import logged_in
from tests.factories import AgencyFactory, AssignmentFactory

HOST = "daklak.localhost"
PAGE = "/quyet-dinh-khieu-nai/"
DESK = "/quan-tri/dossiers/decision/"
SUBJECT = "Giải quyết khiếu nại về thu hồi đất: giữ nguyên quyết định bị khiếu nại."


@pytest.fixture
def office(province: ProvinceRecord, noon: datetime) -> ComplaintOffice:
    return ComplaintOffice()


def publish(office: ComplaintOffice, dossier: Dossier, subject: str = SUBJECT) -> Decision:
    with clock.frozen(at("2026-12-08 09:00")):
        return decisions.publish_decision(dossier.pk, actor=office.leader, subject=subject)


@pytest.mark.parametrize(
    ("day", "by"), [("2026-12-07", "2026-12-22 17:00"), ("2026-12-05", "2026-12-21 17:00")]
)
def test_decision_of_the_second_round_must_be_public_within_fifteen_days(office, day, by):
    """The fifteenth of the second is a Sunday."""
    office.decided(day=day)
    (waiting,) = decisions.waiting(office.leader)
    assert waiting.must_publish_by == at(by)
    assert waiting.number == "12/QĐ-UBND"


def test_decision_of_the_first_round_is_not_for_everybody(office: ComplaintOffice) -> None:
    dossier = office.decided(second_round=False)
    assert decisions.waiting(office.leader) == []
    with pytest.raises(NotPossible):
        publish(office, dossier)


def test_recalled_decision_asks_for_nothing(office: ComplaintOffice) -> None:
    dossier = office.decided(day="2026-12-07")
    with clock.frozen(at("2026-12-07 10:05")):
        services.recall(dossier.pk, actor=office.leader, seen=dossier.last_sequence)
    assert decisions.waiting(office.leader) == []


def test_published_decision_shows_number_day_and_subject_alone(office, citizen):
    dossier = office.decided()
    response = citizen.get(PAGE)
    assert ("Chưa có quyết định nào được công khai." in words(response), dict(response.cookies)) == (True, {})
    publish(office, dossier)
    entry = AuditEntry.objects.get(action="decision.publish")
    assert (entry.subject, entry.detail) == (dossier.subject, {})
    with pytest.raises(NotPossible, match="đã được công khai"):
        publish(office, dossier)
    page = words(citizen.get(PAGE))
    for shown in ("12/QĐ-UBND", "07/12/2026", SUBJECT, "Phòng Tư pháp"):
        assert shown in page
    for hidden in (dossier.code, "Minh Họa", office.procedure.short_name):
        assert hidden not in page
    assert decisions.waiting(office.leader) == []


@pytest.mark.parametrize(
    "subject",
    [
        "Giải quyết khiếu nại của bà NGUYEN THI MINH HOA về thu hồi đất",
        "Giải quyết khiếu nại của bà Nguyễn  Thị\nMinh Họa về thu hồi đất",
        "Khiếu nại của người có số 066190000001 về thu hồi đất",
        "Khiếu nại của người có số điện thoại 0905 000 678 về đất",
        "Khiếu nại theo hồ sơ H15.08-261125-0001 về thu hồi đất",
    ],
)
def test_subject_that_gives_the_complainant_away_is_refused(office: ComplaintOffice, subject: str) -> None:
    dossier = office.decided()
    with pytest.raises(NotPossible, match="Xin viết lại"):
        publish(office, dossier, subject)
    assert not Decision.objects.exists()


def test_representatives_name_is_kept_out_as_well(office: ComplaintOffice) -> None:
    dossier = office.decided(submitter=PersonData(name="Lê Văn Thử", phone="0905000111"))
    with pytest.raises(NotPossible, match="họ tên"):
        publish(office, dossier, "Giải quyết khiếu nại do ông Lê Văn Thử nộp về thu hồi đất")


@pytest.mark.parametrize("subject", ["", "Ngắn", "x" * 1001, "a\0" * 20, "\ud800" * 20])
def test_unfit_subject_is_refused(office: ComplaintOffice, subject: str) -> None:
    with pytest.raises(NotPossible):
        publish(office, office.decided(), subject)


@pytest.mark.parametrize("role", ["clerk", "specialist"])
def test_only_a_leader_of_the_deciding_agency_publishes(office: ComplaintOffice, role: str) -> None:
    dossier = office.decided()
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.77"), role="leader").user
    for person in (office.person_for([role]), stranger):
        with pytest.raises(NotEntitled):
            decisions.publish_decision(dossier.pk, actor=person, subject=SUBJECT)
    desk = logged_in(stranger)
    assert "12/QĐ-UBND" not in words(desk.get(DESK))
    assert desk.get(f"{DESK}{dossier.pk}/cong-khai/").status_code == 404


def test_late_decisions_stand_first_at_the_desk(office: ComplaintOffice) -> None:
    office.decided(day="2026-12-07")
    with clock.frozen(at("2026-12-23 08:00")):
        page = words(logged_in(office.leader).get(DESK))
    assert "1 quyết định đã quá hạn công khai." in page
    assert "Quá hạn:" in page
    with clock.frozen(at("2026-12-22 16:00")):
        assert "đã quá hạn công khai" not in words(logged_in(office.leader).get(DESK))


def test_leader_publishes_and_takes_down_at_the_desk(office: ComplaintOffice, citizen: Client) -> None:
    dossier, leader = office.decided(), logged_in(office.leader)
    assert "12/QĐ-UBND" in words(leader.get(f"{DESK}{dossier.pk}/cong-khai/"))
    leader.post(f"{DESK}{dossier.pk}/cong-khai/", {"words": SUBJECT})
    assert SUBJECT in words(citizen.get(PAGE))
    leader.post(f"{DESK}{Decision.objects.get().pk}/go/", {"words": "Trích yếu chưa đúng"})
    assert SUBJECT not in words(citizen.get(PAGE))
    assert len(decisions.waiting(office.leader)) == 1
    assert Decision.objects.get().taken_down_reason == "Trích yếu chưa đúng"


def test_refused_subject_stays_in_the_form(office: ComplaintOffice) -> None:
    dossier = office.decided()
    typed = "Khiếu nại của bà Nguyễn Thị Minh Họa về thu hồi đất"
    response = logged_in(office.leader).post(f"{DESK}{dossier.pk}/cong-khai/", {"words": typed})
    assert response.status_code == 422
    assert typed in words(response)
