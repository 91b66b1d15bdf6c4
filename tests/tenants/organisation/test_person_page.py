"""The page of a colleague, for who administers accounts: roles stand there, and what the portal writes is read."""

import re
from datetime import datetime

import pytest
from django.test import Client

from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Assignment, Role
from tenants.organisation.rights import roles_at
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory, signed_in
from tests.filling import filled

SIGNED_IN = datetime(2026, 11, 2, 8, 0, tzinfo=clock.VIETNAM)
NO_ROWS = {"assignments-TOTAL_FORMS": "0", "assignments-INITIAL_FORMS": "0"}


@pytest.fixture
def administrator(province: ProvinceRecord) -> Client:
    return signed_in(AssignmentFactory(role=Role.ADMINISTRATOR).user)


@pytest.fixture
def colleague(province: ProvinceRecord) -> User:
    return UserFactory(full_name="Nguyễn Văn Minh Họa", last_login=SIGNED_IN)


def page_of(person: User) -> str:
    return f"/quan-tri/accounts/user/{person.pk}/change/"


def values(person: User, **rows: str) -> dict[str, str]:
    return {"username": person.username, "full_name": person.full_name, "is_active": "on", **NO_ROWS, **rows}


def test_a_role_is_given_and_read_on_the_page_of_the_person(administrator: Client, colleague: User) -> None:
    agency = AgencyFactory(name="UBND phường Minh Họa")
    row = {
        "assignments-TOTAL_FORMS": "1",
        "assignments-0-user": str(colleague.pk),
        "assignments-0-agency": str(agency.pk),
        "assignments-0-role": "clerk",
    }
    assert administrator.post(page_of(colleague), values(colleague, **row)).status_code == 302
    assert roles_at(colleague, [agency.pk]) == {Role.CLERK}
    page = administrator.get(page_of(colleague)).content.decode()
    assert "Vai trò ở cơ quan nào" in page
    assert "UBND phường Minh Họa" in page


def test_a_new_person_gets_a_role_at_once(administrator: Client) -> None:
    agency, address = AgencyFactory(), "/quan-tri/accounts/user/add/"
    row = {
        "assignments-TOTAL_FORMS": "1",
        "assignments-0-agency": str(agency.pk),
        "assignments-0-role": "clerk",
    }
    sent = filled(administrator.get(address), username="moi", full_name="Người Mới") | row
    assert administrator.post(address, sent).status_code == 302
    assert roles_at(User.objects.get(username="moi"), [agency.pk]) == {Role.CLERK}


def test_roles_stay_when_a_name_is_mended(administrator: Client, colleague: User) -> None:
    assigned = AssignmentFactory(user=colleague, role=Role.LEADER)
    page = administrator.get(page_of(colleague))
    assert administrator.post(page_of(colleague), filled(page, full_name="Tên Khác")).status_code == 302
    colleague.refresh_from_db()
    assert colleague.full_name == "Tên Khác"
    assert roles_at(colleague, [assigned.agency_id]) == {Role.LEADER}


def test_what_the_portal_writes_cannot_be_written(administrator: Client, colleague: User) -> None:
    before = User.objects.get(pk=colleague.pk)
    sent = {"last_login_0": "01/01/2030", "last_login_1": "08:00", "date_joined_0": "01/01/2030"}
    administrator.post(page_of(colleague), values(colleague, **sent))
    after = User.objects.get(pk=colleague.pk)
    assert (after.last_login, after.date_joined) == (before.last_login, before.date_joined)
    assert not re.search(
        r'name="(last_login|date_joined)', administrator.get(page_of(colleague)).content.decode()
    )


@pytest.mark.parametrize("page", ["agency", "person"])
def test_each_choice_in_a_row_has_a_name(administrator: Client, colleague: User, page: str) -> None:
    assigned: Assignment = AssignmentFactory(user=colleague)
    address = (
        page_of(colleague)
        if page == "person"
        else f"/quan-tri/organisation/agency/{assigned.agency_id}/change/"
    )
    text = administrator.get(address).content.decode()
    rows = re.findall(r'<select[^>]*name="assignments-[^>]*>', text)
    assert rows
    assert [row for row in rows if "aria-label" not in row] == []
    assert ">User<" not in re.sub(r"\s+", "", text)
