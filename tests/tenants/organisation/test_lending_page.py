"""Rights of somebody who is away, lent by who leads the agency or administers the province."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation import delegation
from tenants.organisation.models import Agency, Assignment, Delegation, Role
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory

PAGE = "/quan-tri/uy-quyen/"
DAYS = {"first_day": "26/11/2026", "last_day": "27/11/2026"}


@pytest.fixture(autouse=True)
def _today(province: ProvinceRecord) -> Any:
    with clock.frozen(datetime(2026, 11, 25, 9, 0, tzinfo=clock.VIETNAM)):
        yield


@pytest.fixture
def agency() -> Agency:
    return AgencyFactory(code="H15.20", name="Phòng Mẫu")


@pytest.fixture
def ill(agency: Agency) -> Assignment:
    return AssignmentFactory(agency=agency, role=Role.SPECIALIST, user__full_name="Lê Văn Ốm")


@pytest.fixture
def colleague() -> User:
    return UserFactory(username="dongnghiep", full_name="Trần Thị Thay")


def person(role: Role, agency: Agency | None = None) -> User:
    return AssignmentFactory(role=role, **({"agency": agency} if agency else {})).user


def door(user: User) -> Client:
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(user)
    return client


def posted(user: User, assignment: Assignment, **changed: str) -> HttpResponse:
    typed = {"lend": "1", "assignment": str(assignment.pk), "to": "dongnghiep", **DAYS, **changed}
    return door(user).post(PAGE, typed)  # type: ignore[return-value]


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMINISTRATOR])
def test_it_is_lent_and_recorded_with_who_did_it(agency, ill, colleague, role):
    lender = person(role, agency)
    assert posted(lender, ill).status_code == 302
    (made,) = delegation.delegations_of(ill.user)
    assert (made.to, made.first_day, made.last_day) == (colleague, date(2026, 11, 26), date(2026, 11, 27))
    entry = AuditEntry.objects.get(action="delegation.lend")
    assert (entry.actor_name, entry.subject) == (lender.username, f"user:{ill.user_id}")


def test_it_is_ended_early_by_who_may_lend_it(agency: Agency, ill: Assignment, colleague: User) -> None:
    leader = person(Role.LEADER, agency)
    delegation.delegate(
        ill, to=colleague, first_day=date(2026, 11, 25), last_day=date(2026, 11, 30), actor=ill.user
    )
    (made,) = delegation.delegations_of(ill.user)
    door(person(Role.LEADER)).post(PAGE, {"take_back": made.pk})
    assert Delegation.objects.in_force().exists()
    door(leader).post(PAGE, {"take_back": made.pk})
    assert not Delegation.objects.in_force().exists()


def test_a_leader_lends_nothing_of_another_agency(ill: Assignment, colleague: User) -> None:
    elsewhere = person(Role.LEADER)
    assert "Lê Văn Ốm" not in door(elsewhere).get(PAGE).content.decode().partition("<datalist")[0]
    assert posted(elsewhere, ill).status_code == 422
    assert not Delegation.objects.exists()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.COMMUNICATIONS])
def test_a_leader_gives_nobody_what_answers_to_others(agency: Agency, colleague: User, role: Role) -> None:
    """Else who leads the agency of an administrator would administer the province."""
    theirs: Assignment = AssignmentFactory(agency=agency, role=role)
    assert posted(person(Role.LEADER, agency), theirs).status_code == 422
    assert posted(person(Role.ADMINISTRATOR), theirs).status_code == 302


def test_what_was_typed_stays_when_it_is_refused(agency: Agency, ill: Assignment) -> None:
    answer = posted(person(Role.LEADER, agency), ill, to="khong-co-ai")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Không có đồng nghiệp nào tên này." in page
    assert all(f'value="{typed}"' in page for typed in ("khong-co-ai", "27/11/2026"))
    assert re.search(rf'<option value="{ill.pk}" selected>', page)


def test_many_people_are_found_by_name(agency, ill, monkeypatch):
    monkeypatch.setattr("tenants.organisation.desk.MOST_CHOICES", 1)
    AssignmentFactory(agency=agency, role=Role.CLERK, user__full_name="An")
    leader = person(Role.LEADER, agency)
    assert "Lê Văn Ốm" not in door(leader).get(PAGE).content.decode().partition("<datalist")[0]
    assert "Lê Văn Ốm" in door(leader).get(f"{PAGE}?nguoi=ốm").content.decode().partition("<datalist")[0]


def test_a_clerk_is_refused(agency: Agency) -> None:
    assert door(person(Role.CLERK, agency)).get(PAGE).status_code == 403
