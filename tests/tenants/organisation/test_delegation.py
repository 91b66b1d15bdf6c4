"""An assignment lent while its holder is away: from its first day to its last, by its holder or an administrator."""

from datetime import date, datetime

import pytest
from django.test import Client

from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation import delegation, rights
from tenants.organisation.models import Agency, Assignment, Role
from tenants.refusals import Refused
from tests.factories import AgencyFactory, AssignmentFactory, UserFactory

FIRST, LAST = date(2026, 11, 26), date(2026, 11, 27)
PAGE = "/quan-tri/tai-khoan/"


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=clock.VIETNAM)


@pytest.fixture
def held(province: ProvinceRecord) -> Assignment:
    """A leader who will be away."""
    with clock.frozen(at(25)):
        return AssignmentFactory(role=Role.LEADER, user__full_name="Lê Văn Đi Vắng")


@pytest.fixture
def colleague(held: Assignment) -> User:
    return UserFactory(username="dongnghiep", full_name="Trần Thị Thay")


def lend(held: Assignment, colleague: User, actor: User | None = None) -> None:
    with clock.frozen(at(25)):
        delegation.delegate(held, to=colleague, first_day=FIRST, last_day=LAST, actor=actor or held.user)


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        (at(25, 23, 59), False),
        (at(26, 0, 0), True),
        (at(27, 23, 59), True),
        (at(28, 0, 0), False),
    ],
)
def test_it_holds_on_its_days_in_vietnam(held, colleague, moment, may):
    lend(held, colleague)
    with clock.frozen(moment):
        assert (Role.LEADER in rights.roles_at(colleague, [held.agency_id])) is may
        assert bool(rights.agencies_of(colleague)) is may
        assert (colleague in rights.people_with([Role.LEADER], held.agency)) is may
        assert Role.LEADER in rights.roles_at(held.user, [held.agency_id])


def test_it_gives_no_more_than_was_lent_and_what_is_taken_back_ends_at_once(held, colleague):
    other: Agency = AgencyFactory()
    lend(held, colleague)
    lend(held, colleague)  # pressed twice it is lent once
    with clock.frozen(at(26)):
        assert rights.roles_anywhere(colleague) == {Role.LEADER}
        assert rights.roles_at(colleague, [other.pk]) == frozenset()
        (lent,) = delegation.delegations_of(held.user)
        delegation.end_delegation(lent, actor=held.user)
        assert rights.roles_anywhere(colleague) == frozenset()
    acts = AuditEntry.objects.filter(action__startswith="delegation.").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["delegation.lend", "delegation.end"]


def test_who_left_lends_nothing(held: Assignment, colleague: User) -> None:
    lend(held, colleague)
    held.user.is_active = False
    held.user.save()
    with clock.frozen(at(26)):
        assert rights.roles_anywhere(colleague) == frozenset()


def test_an_administrator_lends_for_others_and_nobody_else_does(held: Assignment, colleague: User) -> None:
    with pytest.raises(Refused):
        lend(held, colleague, actor=colleague)
    lend(held, colleague, actor=AssignmentFactory(role=Role.ADMINISTRATOR).user)
    with clock.frozen(at(26)):
        # What one was lent one does not lend on.
        with pytest.raises(Refused):
            delegation.delegate(held, to=UserFactory(), first_day=FIRST, last_day=LAST, actor=colleague)
        (lent,) = delegation.delegations_to(colleague)
        with pytest.raises(Refused):
            delegation.end_delegation(lent, actor=colleague)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 11, 24), LAST), (LAST, FIRST), (FIRST, date(2027, 11, 26))],
)
def test_days_that_cannot_be_are_refused(held: Assignment, colleague: User, first: date, last: date) -> None:
    with clock.frozen(at(25)), pytest.raises(Refused):
        delegation.delegate(held, to=colleague, first_day=first, last_day=last, actor=held.user)


def test_the_account_page_lends_shows_and_takes_back(held: Assignment, colleague: User) -> None:
    with clock.frozen(at(25)):
        client = Client(headers={"host": "daklak.localhost"})
        client.force_login(held.user)
        asked = {"lend": "1", "assignment": held.pk, "to": "dongnghiep", "first_day": "26/11/2026"}
        page = client.post(PAGE, {**asked, "last_day": "25/11/2026"})
        assert page.status_code == 422
        assert "Ngày đầu phải từ hôm nay trở đi" in page.content.decode()
        assert client.post(PAGE, {**asked, "last_day": "27/11/2026"}).status_code == 302
        assert "Trần Thị Thay" in client.get(PAGE).content.decode()
        (lent,) = delegation.delegations_of(held.user)
        theirs = Client(headers={"host": "daklak.localhost"})
        theirs.force_login(colleague)
        assert "Lê Văn Đi Vắng" in theirs.get(PAGE).content.decode()
        theirs.post(PAGE, {"take_back": lent.pk})
        # Somebody else's assignment is not one's own to lend.
        assert theirs.post(PAGE, {**asked, "last_day": "27/11/2026"}).status_code == 422
        assert delegation.delegations_of(held.user).exists()
        client.post(PAGE, {"take_back": lent.pk})
        assert not delegation.delegations_of(held.user).exists()


def test_who_stands_in_for_an_administrator_lends_nothing_on(held: Assignment, colleague: User) -> None:
    """Else a loan of a day could be made to last."""
    with clock.frozen(at(25)):
        administrator = AssignmentFactory(role=Role.ADMINISTRATOR)
    lend(administrator, colleague)
    with clock.frozen(at(26)), pytest.raises(Refused):
        delegation.delegate(administrator, to=colleague, first_day=LAST, last_day=LAST, actor=colleague)
