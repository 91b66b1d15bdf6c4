"""Guessing is slowed down and tells nothing; the owner of the account always has a way in."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import budgets
from tenants.accounts.signin.budgets import (
    CODE_TRIES,
    CODES_HERE,
    PASSWORD_TRIES,
    PER_ACCOUNT,
    PER_ACCOUNT_HERE,
    PER_BROWSER,
    PER_NETWORK_THEN,
    PER_PLACE,
    password_budget,
)
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.budgets import DAY, SITE
from tests.budgets import shrink
from tests.tenants.accounts.signin.people import CODE, LOGIN, Browser, account, enrol

pytestmark = pytest.mark.usefixtures("lan")
WRONG = "bốn con mèo ngủ sáng"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.REQUIRE_MFA = False


def fail(browser: Browser, username: str = "lan", times: int = 1) -> list[int]:
    return [browser.password(username, WRONG).status_code for _ in range(times)]


def text(answer: Any) -> str:
    """A page without what is new each time and without what was typed."""
    page = re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"', "", answer.content.decode())
    return re.sub(r'name="username" value="[^"]*"', "", page)


def test_refusals_do_not_tell_whether_there_is_such_an_account() -> None:
    account(username="nghi", is_active=False)
    account(username="khach", is_staff=False)
    answers = [Browser().password(name, WRONG) for name in ("lan", "khong-co", "nghi")]
    answers += [Browser().password(name) for name in ("nghi", "khach", "khong-co")]
    assert len({(answer.status_code, text(answer)) for answer in answers}) == 1


def test_refusals_ask_the_database_as_much_for_any_name() -> None:
    counts = set()
    for name in ("lan", "khong-co"):
        with CaptureQueriesContext(connection) as asked:
            Browser().password(name, WRONG)
        counts.add(len([query for query in asked if "search_path" not in query["sql"]]))
    assert len(counts) == 1
    assert counts.pop() <= 6


def test_one_place_may_fail_at_an_account_so_often_and_no_more() -> None:
    guesser = Browser()
    assert fail(guesser, times=PER_ACCOUNT_HERE) == [200] * PER_ACCOUNT_HERE
    locked = guesser.password("lan")
    assert locked.status_code == 429
    assert locked.headers["Retry-After"] == "900"
    assert not guesser.is_in
    # The next address of the same network is no new place; another network is.
    assert Browser(address="198.51.100.99").password("lan").status_code == 429
    assert Browser(address="203.0.113.5").password("lan").status_code == 302


def test_spellings_of_a_name_share_a_budget() -> None:
    guesser = Browser()
    for number in range(PER_ACCOUNT_HERE):
        fail(guesser, "LAN" if number % 2 else "lan")
    assert guesser.password("lan").status_code == 429


def test_a_name_that_nobody_has_is_locked_alike() -> None:
    pages = []
    for name in ("lan", "khong-co"):
        guesser = Browser()
        fail(guesser, name, PER_ACCOUNT_HERE)
        pages.append(text(guesser.password(name, WRONG)))
    assert pages[0] == pages[1]


def test_guesses_from_everywhere_lock_nobody_out_elsewhere_and_are_bounded(monkeypatch):
    shrink(monkeypatch, PASSWORD_TRIES, "account", PER_ACCOUNT + 2 * PER_NETWORK_THEN)
    for number in range(PER_ACCOUNT // 6):
        assert fail(Browser(address=f"203.0.{number}.1"), times=6) == [200] * 6
    assert Browser(address="198.51.100.9").password("lan").status_code == 302
    statuses = [fail(Browser(address=f"192.0.{number}.1"), times=3) for number in range(3)]
    assert statuses == [[200, 200, 429], [200, 200, 429], [429, 429, 429]]


def test_one_place_may_try_many_accounts_so_often_and_no_more() -> None:
    guesser = Browser()
    statuses = [fail(guesser, f"nguoi{number}")[0] for number in range(PER_PLACE + 1)]
    assert statuses == [200] * PER_PLACE + [429]


def test_strangers_cannot_keep_the_owner_out() -> None:
    own = Browser()
    assert own.password("lan").status_code == 302
    own.post("/quan-tri/logout/")
    for number in range(10):
        fail(Browser(address=f"203.0.{number}.1"), times=PER_ACCOUNT_HERE)
    # Also from the very network of the office.
    fail(Browser(address=own.address), "ai-do", PER_ACCOUNT_HERE)
    assert own.password("lan").status_code == 302
    assert own.is_in


def test_a_known_browser_may_not_guess_without_end_either() -> None:
    own = Browser()
    own.password("lan")
    own.post("/quan-tri/logout/")
    assert fail(own, times=PER_BROWSER + 1)[-1] == 429


def test_a_browser_known_for_one_account_is_not_for_another() -> None:
    account(username="mai")
    own = Browser()
    own.password("lan")
    own.post("/quan-tri/logout/")
    fail(Browser(), "mai", times=PER_ACCOUNT_HERE)
    assert own.password("mai").status_code == 429


def test_a_forged_mark_of_a_known_browser_is_none() -> None:
    guesser = Browser()
    guesser.client.cookies["may"] = "eyJ4IjoieSJ9:1v:abc"
    fail(guesser, times=PER_ACCOUNT_HERE)
    assert guesser.password("lan").status_code == 429


def test_success_and_who_is_refused_use_up_nothing_of_the_others() -> None:
    for _number in range(PER_ACCOUNT_HERE + 1):
        assert Browser().password("lan").status_code == 302
    fail(Browser(), times=PER_ACCOUNT_HERE + PER_ACCOUNT)
    assert Browser(address="203.0.113.5").password("lan").status_code == 302


def test_failures_and_the_lock_are_recorded_without_what_was_typed(lan: User) -> None:
    guesser = Browser()
    fail(guesser, times=PER_ACCOUNT_HERE + 3)
    rows = list(AuditEntry.objects.filter(action__in=["signin.failure", "signin.locked"]).order_by("pk"))
    assert [row.action for row in rows] == ["signin.failure"] * PER_ACCOUNT_HERE + ["signin.locked"]
    assert {(row.subject, row.actor_id, row.address) for row in rows} == {
        (f"account:{lan.pk}", None, guesser.address)
    }
    assert WRONG not in str([(row.detail, row.actor_name) for row in rows])


def test_failures_at_names_nobody_has_do_not_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "UNKNOWN_NAMES_RECORDED", 3)
    for number in range(6):
        fail(Browser(), f"nguoi{number}")
    rows = AuditEntry.objects.filter(action="signin.failure")
    assert [(row.subject, row.detail) for row in rows] == [("", {"step": "password"})] * 3


def test_guesses_at_the_second_factor_are_bounded(noon: datetime, settings: Any) -> None:
    settings.REQUIRE_MFA = True
    own = Browser()
    telephone, _codes = enrol(own, "lan")
    own.post("/quan-tri/logout/")
    with clock.frozen(noon + timedelta(minutes=1)):
        guesser = Browser(address="203.0.113.5")
        guesser.password("lan")
        statuses = [guesser.post(CODE, code=f"{number:06d}").status_code for number in range(CODES_HERE)]
        assert set(statuses) == {200}
        assert guesser.post(CODE, code=telephone.code()).status_code == 429
        # The owner's browser has tries of its own.
        own.password("lan")
        assert own.post(CODE, code=telephone.code()).status_code == 302


def test_a_day_of_guessing_at_the_second_factor_is_bounded(noon, settings, monkeypatch):
    shrink(monkeypatch, CODE_TRIES, "account", 3, seconds=DAY)
    settings.REQUIRE_MFA = True
    enrol(Browser(), "lan")
    guesser = Browser(address="203.0.113.5")
    guesser.password("lan")
    assert [guesser.post(CODE, code="000000").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_site_of_many_networks_has_but_four_times_what_one_has(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, PASSWORD_TRIES, SITE, 2)
    statuses = [fail(Browser(address=f"2001:db8:0:{network}::1"), f"ai{network}")[0] for network in range(3)]
    assert statuses == [200, 200, 429]


def test_one_province_counts_and_knows_nothing_of_another(other_province: ProvinceRecord) -> None:
    own = Browser()
    own.password("lan")
    fail(Browser(), times=PER_ACCOUNT_HERE)
    assert Browser().password("lan").status_code == 429
    with province_context("dongnai"):
        account(username="lan")
    assert Browser(host="dongnai.localhost").password("lan").status_code == 302
    stranger = Browser(host="dongnai.localhost")
    stranger.client.cookies["may"] = own.client.cookies["may"].value
    fail(stranger, times=PER_ACCOUNT_HERE)
    # A browser that is known there would have two tries more.
    assert stranger.password("lan").status_code == 429


def test_many_at_once_are_no_more_than_one_after_another(province: ProvinceRecord) -> None:
    """Counted before the try: whoever tries a second time while the first is still being looked at is counted."""
    request = Client(headers={"host": "daklak.localhost"}).get(LOGIN).wsgi_request
    budget = password_budget(request, "lan")
    assert [budget.take() for _ in range(PER_ACCOUNT_HERE + 1)].count(True) == PER_ACCOUNT_HERE


@pytest.mark.parametrize(
    "wanted", ["https://example.com/", "//example.com", "javascript:alert(1)", "?x", "login"]
)
def test_nobody_is_led_elsewhere(wanted: str) -> None:
    assert Browser().password("lan", next=wanted).headers["Location"] == "/quan-tri/"
