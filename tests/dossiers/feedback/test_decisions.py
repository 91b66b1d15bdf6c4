"""Decisions on complaints that must be public: which, by when, and never with a name in them."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from dossiers.feedback import decisions
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.lifecycle.models.event import Decision
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tests.dossiers.complaint_office import ComplaintOffice, at
from tests.factories import AgencyFactory, AssignmentFactory

HOST = "daklak.localhost"
PAGE = "/quyet-dinh-khieu-nai/"
DESK = "/quan-tri/dossiers/decision/"
SUBJECT = "Giải quyết khiếu nại về thu hồi đất: giữ nguyên quyết định bị khiếu nại."


@pytest.fixture
def office(province: ProvinceRecord, noon: datetime) -> ComplaintOffice:
    return ComplaintOffice()


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": HOST})


def staff(person: Any) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(person)
    return client


def words(response: Any) -> str:
    return response.content.decode().replace("\xa0", " ")


def publish(office: ComplaintOffice, dossier: Dossier, subject: str = SUBJECT) -> Decision:
    with clock.frozen(at("2026-12-08 09:00")):
        return decisions.publish_decision(dossier.pk, actor=office.leader, subject=subject)


def test_decision_of_the_second_round_must_be_public_within_fifteen_days(office: ComplaintOffice) -> None:
    office.decided(day="2026-12-07")
    (waiting,) = decisions.waiting(office.leader)
    assert waiting.must_publish_by == at("2026-12-22 17:00")
    assert waiting.number == "12/QĐ-UBND"


def test_fifteenth_day_on_a_sunday_moves_to_monday(office: ComplaintOffice) -> None:
    office.decided(day="2026-12-05")
    assert decisions.waiting(office.leader)[0].must_publish_by == at("2026-12-21 17:00")


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


def test_published_decision_shows_number_day_and_subject_alone(
    office: ComplaintOffice, citizen: Client
) -> None:
    dossier = office.decided()
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


def test_second_publication_is_refused(office: ComplaintOffice) -> None:
    dossier = office.decided()
    publish(office, dossier)
    with pytest.raises(NotPossible, match="đã được công khai"):
        publish(office, dossier)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("role", ["clerk", "specialist"])
def test_only_a_leader_of_the_deciding_agency_publishes(office: ComplaintOffice, role: str) -> None:
    dossier = office.decided()
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.77"), role="leader").user
    for person in (office.person_for([role]), stranger):
        with pytest.raises(NotEntitled):
            decisions.publish_decision(dossier.pk, actor=person, subject=SUBJECT)


def test_decision_taken_down_is_gone_and_waits_again(office: ComplaintOffice, citizen: Client) -> None:
    made = publish(office, office.decided())
    decisions.take_down(made.pk, actor=office.leader, reason="Trích yếu chưa đúng")
    assert "12/QĐ-UBND" not in words(citizen.get(PAGE))
    assert len(decisions.waiting(office.leader)) == 1
    assert Decision.objects.get().taken_down_reason == "Trích yếu chưa đúng"


def test_late_decisions_stand_first_at_the_desk(office: ComplaintOffice) -> None:
    office.decided(day="2026-12-07")
    with clock.frozen(at("2026-12-23 08:00")):
        page = words(staff(office.leader).get(DESK))
    assert "1 quyết định đã quá hạn công khai." in page
    assert "Quá hạn:" in page


def test_decision_in_time_is_not_called_late(office: ComplaintOffice) -> None:
    office.decided(day="2026-12-07")
    with clock.frozen(at("2026-12-22 16:00")):
        assert "đã quá hạn công khai" not in words(staff(office.leader).get(DESK))


def test_leader_publishes_and_takes_down_at_the_desk(office: ComplaintOffice, citizen: Client) -> None:
    dossier, leader = office.decided(), staff(office.leader)
    assert "12/QĐ-UBND" in words(leader.get(f"{DESK}{dossier.pk}/cong-khai/"))
    leader.post(f"{DESK}{dossier.pk}/cong-khai/", {"words": SUBJECT})
    assert SUBJECT in words(citizen.get(PAGE))
    leader.post(f"{DESK}{Decision.objects.get().pk}/go/", {"words": "Trích yếu chưa đúng"})
    assert SUBJECT not in words(citizen.get(PAGE))


def test_refused_subject_stays_in_the_form(office: ComplaintOffice) -> None:
    dossier = office.decided()
    typed = "Khiếu nại của bà Nguyễn Thị Minh Họa về thu hồi đất"
    response = staff(office.leader).post(f"{DESK}{dossier.pk}/cong-khai/", {"words": typed})
    assert response.status_code == 422
    assert typed in words(response)


def test_stranger_sees_no_decision_at_the_desk(office: ComplaintOffice) -> None:
    dossier = office.decided()
    stranger = staff(AssignmentFactory(agency=AgencyFactory(code="H15.77"), role="leader").user)
    assert "12/QĐ-UBND" not in words(stranger.get(DESK))
    assert stranger.get(f"{DESK}{dossier.pk}/cong-khai/").status_code == 404


def test_publishing_is_recorded_without_its_words(office: ComplaintOffice) -> None:
    dossier = office.decided()
    publish(office, dossier)
    entry = AuditEntry.objects.get(action="decision.publish")
    assert (entry.subject, entry.detail) == (dossier.subject, {})


def test_public_page_sets_no_cookie_and_stands_without_decisions(
    office: ComplaintOffice, citizen: Client
) -> None:
    response = citizen.get(PAGE)
    assert "Chưa có quyết định nào được công khai." in words(response)
    assert not response.cookies
