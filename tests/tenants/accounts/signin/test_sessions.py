"""Sessions end: when idle, after a day's work, with the password, the role or the account; and are seen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as installed
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg import errors

from tenants import clock
from tenants.accounts.models import Session, User
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Role
from tests.factories import AgencyFactory, AssignmentFactory
from tests.tenants.accounts.signin.people import (
    ACCOUNT,
    APP,
    HOME,
    LOGIN,
    PASSWORD,
    Browser,
    Telephone,
    account,
)

pytestmark = pytest.mark.usefixtures("lan", "without_second_factor")
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
NEW = "bốn con mèo ngủ trưa"


def signed_in(username: str = "lan", **values: Any) -> Browser:
    browser = Browser(**values)
    assert browser.password(username).status_code == 302
    return browser


@pytest.mark.parametrize(
    ("cause", "raised"), [(errors.AdminShutdown(), OperationalError), (None, UpdateError)]
)
def test_a_lost_database_is_not_taken_for_a_session_that_was_ended(cause, raised, monkeypatch) -> None:
    session = signed_in().client.session
    session["seen"] = 1

    def lost(*arguments: Any, **named: Any) -> None:
        raise (OperationalError() if cause else DatabaseError()) from cause

    monkeypatch.setattr(Session, "save", lost)
    with pytest.raises(raised):
        session.save()


def test_session_gets_another_number_at_each_step(settings: Any) -> None:
    settings.REQUIRE_MFA = True
    browser = Browser()
    browser.client.session.save()
    browser.password("lan")
    half_way = browser.session_key
    browser.post(APP, code=Telephone(browser.get(APP)).code())
    assert browser.session_key != half_way
    assert not Session.objects.filter(session_key=half_way).exists()


def test_number_that_somebody_planted_is_not_kept() -> None:
    browser, planter = Browser(), Browser()
    planter.client.session.save()
    planted = planter.client.session.session_key or "a" * 32
    browser.client.cookies[installed.SESSION_COOKIE_NAME] = planted
    browser.password("lan")
    assert browser.session_key != planted


def test_cookie_goes_with_the_browser() -> None:
    cookie = signed_in().client.cookies[installed.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["domain"] == ""


@pytest.mark.parametrize("idle", [60, 5])
def test_ends_when_nobody_uses_it(noon: datetime, settings: Any, idle: int) -> None:
    settings.SESSION_IDLE = timedelta(minutes=idle)
    browser = signed_in()
    for minutes, is_in in ((idle - 1, True), (2 * idle - 2, True), (3 * idle - 1, False)):
        with clock.frozen(noon + timedelta(minutes=minutes)):
            assert browser.is_in is is_in, minutes


def test_ends_after_a_day_of_work(noon: datetime) -> None:
    browser = signed_in()
    for minutes in range(0, 10 * 60, 50):
        with clock.frozen(noon + timedelta(minutes=minutes)):
            assert browser.is_in, minutes
    with clock.frozen(noon + timedelta(hours=10, minutes=1)):
        assert browser.get(HOME).headers["Location"].startswith(LOGIN)


def test_looking_costs_one_statement_more_once_a_minute(noon: datetime) -> None:
    browser = signed_in()
    counts = []
    for seconds in (10, 70, 80):
        with clock.frozen(noon + timedelta(seconds=seconds)), CaptureQueriesContext(connection) as asked:
            browser.get("/quan-tri/password_change/")
        counts.append(sum("accounts_session" in query["sql"] for query in asked))
    assert counts == [1, 2, 1]


def test_rows_of_ended_sessions_are_swept_when_somebody_signs_in(noon: datetime) -> None:
    signed_in()
    with clock.frozen(noon + timedelta(days=1)):
        signed_in()
        assert Session.objects.count() == 1


def test_list_shows_device_and_times_and_no_key_and_signs_out_of_the_others(noon: datetime) -> None:
    account(username="mai")
    here, phone, colleague = signed_in(), signed_in(agent=PHONE, address="203.0.113.5"), signed_in("mai")
    page = here.get(ACCOUNT).content.decode()
    for shown in ("Firefox, Windows", "Chrome, Android", "10:00 25/11/2026"):
        assert shown in page
    assert page.count("máy này") == 1
    for hidden in (phone.session_key, here.session_key, "203.0.113.5", "Pixel"):
        assert hidden not in page
    here.post(ACCOUNT, others="1")
    assert (here.is_in, phone.is_in, colleague.is_in) == (True, False, True)
    assert AuditEntry.objects.get(action="signin.others_ended").detail == {"sessions": 1}


def test_signed_out_cookie_is_worth_nothing() -> None:
    browser = signed_in()
    kept = browser.session_key
    assert browser.get("/quan-tri/logout/").status_code == 405
    assert browser.is_in
    browser.post("/quan-tri/logout/")
    browser.client.cookies[installed.SESSION_COOKIE_NAME] = kept
    assert not browser.is_in
    assert [row.action for row in AuditEntry.objects.order_by("pk")] == ["signin.entered", "signin.left"]


CHANGES: dict[str, Callable[[User], Any]] = {
    "deactivated": lambda user: _save(user, is_active=False),
    "promoted": lambda user: _save(user, is_superuser=True),
    "new role": lambda user: AssignmentFactory(user=user, agency=AgencyFactory(), role=Role.LEADER),
    "less roles": lambda user: user.assignments.get().delete(),
    "new group": lambda user: user.groups.add(Group.objects.create(name="Nhóm")),
}


def _save(user: User, **values: bool) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.save()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_ends_with_the_account_and_the_role(lan: User, change: Callable[[User], Any]) -> None:
    AssignmentFactory(user=lan, role=Role.CLERK)
    browser = signed_in()
    change(User.objects.get(pk=lan.pk))
    assert not browser.is_in
    assert not Session.objects.filter(user=lan).exists()


def test_other_news_about_a_person_end_nothing(lan: User) -> None:
    browser = signed_in()
    changed = User.objects.get(pk=lan.pk)
    changed.full_name = "Tên Mới"
    changed.save()
    assert browser.is_in


def test_new_password_ends_the_others_and_is_recorded() -> None:
    here, there = signed_in(), signed_in()
    answer = here.post(
        "/quan-tri/password_change/", old_password=PASSWORD, new_password1=NEW, new_password2=NEW
    )
    assert answer.status_code == 302
    assert (here.is_in, there.is_in) == (True, False)
    assert Session.objects.count() == 1
    assert AuditEntry.objects.filter(action="signin.password_changed").count() == 1
