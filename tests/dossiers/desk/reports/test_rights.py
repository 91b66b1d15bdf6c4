"""Who gets which report of whom, and what happens to odd wishes."""

import pytest
from django.test import Client

from tenants.organisation.models import Role
from tests.dossiers.desk.reports import reading
from tests.dossiers.desk.reports.test_figures import REPORTS
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.walking import in_progress, received
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

PATHS = ["", "bao-cao.xlsx", "bao-cao.pdf"]
EVERYBODY = {Role.CLERK, Role.SPECIALIST, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR}
WHO_MAY = {
    "co-quan": EVERYBODY,
    "nguoi-xu-ly": {Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR},
    "tre-han": EVERYBODY,
    "so-theo-doi": EVERYBODY,
}


def somebody(role: Role, agency: object) -> Client:
    return logged_in(AssignmentFactory(agency=agency, role=role).user)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", WHO_MAY)
@pytest.mark.parametrize("role", Role)
def test_each_role_gets_its_reports(office: Office, role: Role, kind: str, path: str) -> None:
    answer = somebody(role, office.department).get(f"{REPORTS}{path}", {"loai": kind})
    assert answer.status_code == (200 if role in WHO_MAY[kind] else 403)


@pytest.mark.parametrize("path", PATHS)
def test_a_leader_learns_nothing_of_officials_elsewhere(office: Office, path: str) -> None:
    """Who leads one agency and is a clerk at another sees people of the first alone."""
    person = AssignmentFactory(agency=office.department, role=Role.CLERK).user
    other = AssignmentFactory(user=person, role=Role.LEADER, agency=AgencyFactory(code="H15.70")).agency
    client = logged_in(person)
    asked = {"loai": "nguoi-xu-ly", "co-quan": other.code}
    assert client.get(f"{REPORTS}{path}", asked).status_code == 200
    for agency in (office.department.code, ""):
        answer = client.get(f"{REPORTS}{path}", {**asked, "co-quan": agency})
        assert answer.status_code == 403
        assert office.specialist.full_name not in answer.content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_another_agency_cannot_be_chosen(office: Office, path: str) -> None:
    in_progress(office)
    stranger = somebody(Role.LEADER, AgencyFactory(code="H15.70", desk=True))
    answer = stranger.get(f"{REPORTS}{path}", {"co-quan": office.department.code})
    assert answer.status_code == 422
    assert "Phòng Tư pháp" not in answer.content.decode()
    assert reading.on_page(stranger.get(REPORTS)).rows == []


def test_who_is_above_chooses_one_below(office: Office) -> None:
    above = AgencyFactory(code="H15.01", name="Ủy ban nhân dân")
    for agency in (office.desk, office.department):
        agency.parent = above
        agency.save()
    other = AgencyFactory(code="H15.02", name="Phòng Khác", parent=above)
    received(office)
    received(office, competent_agency=other.code)
    leader = somebody(Role.LEADER, above)
    assert len(reading.on_page(leader.get(REPORTS)).rows) == 2
    below = reading.on_page(leader.get(REPORTS, {"co-quan": other.code}))
    assert [row[0] for row in below.rows] == ["Phòng Khác"]


def test_the_menu_leads_who_has_an_office_there_and_nothing_is_posted(office: Office) -> None:
    assert f'href="{REPORTS}"' in logged_in(office.clerk).get(REPORTS).content.decode()
    assert logged_in(office.leader).post(REPORTS).status_code == 405
    assert logged_in(UserFactory()).get(REPORTS).status_code == 403
    speaker = somebody(Role.COMMUNICATIONS, office.desk).get("/quan-tri/", follow=True)
    assert f'href="{REPORTS}"' not in speaker.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"ky": "ngay"}, "Xin nhập ngày"),
        ({"ky": "ngay", "tu": "12/31/2026", "den": "31/12/2026"}, "ngày, tháng, năm"),
        ({"ky": "ngay", "tu": "20/11/2026", "den": "19/11/2026"}, "Ngày cuối phải từ ngày đầu"),
        ({"ky": "ngay", "tu": "26/11/2026", "den": "30/11/2026"}, "chưa bắt đầu"),
        ({"ky": "ngay", "tu": "01/11/2026", "den": "31/12/2099"}, "không được sau năm nay"),
        ({"ky": "ngay", "tu": "01/01/0001", "den": "30/11/2026"}, "từ năm 2000"),
        ({"ky": "mai"}, "trong danh sách"),
        ({"loai": "khac"}, "trong danh sách"),
        ({"co-quan": "\x00"}, ""),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_what_cannot_be_asked_is_explained(
    office: Office, asked: dict[str, str], words: str, path: str
) -> None:
    answer = logged_in(office.leader).get(f"{REPORTS}{path}", asked)
    assert answer.status_code == (422 if words else 400)
    assert words in answer.content.decode()
    for value in asked.values():
        if "/" in value:
            assert value in answer.content.decode()
