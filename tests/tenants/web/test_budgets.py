"""Budgets end with their time, also where the cache lost a key, or has one without an end."""

import sys
from importlib import import_module
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.core.cache import cache

from tenants.isolation.context import province_context
from tenants.web import rate_limits, telemetry
from tenants.web.budgets import DAY, EVERYWHERE, NETWORK, PORTAL, PROVINCE, SITE, Budget, BudgetSpent, Limit

pytestmark = pytest.mark.usefixtures("province")
KEY = "guess:province"
ROOMS = ("dossiers", "messaging", "portal", "procedures", "tenants")


def seconds_left() -> int:
    store: Any = cache
    left: int = store._cache.get_client(None, write=True).ttl(cache.make_key(KEY))
    return left


@pytest.mark.parametrize("before", [None, 1])
def test_what_is_counted_ends(before: int | None) -> None:
    if before:
        cache.set(KEY, before, None)
    assert rate_limits.take({KEY: 5}, seconds=60)
    assert 0 < seconds_left() <= 60


def test_a_later_try_does_not_prolong_a_budget() -> None:
    assert rate_limits.take({KEY: 5}, seconds=60)
    assert rate_limits.take({KEY: 5}, seconds=600)
    assert seconds_left() <= 60


def test_budgets_of_a_day_stand_beside_those_of_the_window() -> None:
    both, lives = {"window": 5, KEY: 1}, {KEY: rate_limits.DAY_SECONDS}
    assert rate_limits.lacking(both, lives=lives) == []
    assert seconds_left() > rate_limits.WINDOW_SECONDS
    assert rate_limits.lacking(both, lives=lives) == [KEY]
    assert cache.get("window") == 1, "a refused try costs nothing"


def test_what_is_given_back_after_its_end_leaves_nothing() -> None:
    rate_limits.give_back([KEY])
    assert cache.get(KEY) is None


# --- Budgets of strangers

HERE, THERE = "203.0.113.7", "198.51.100.7"


def spent(budget: Budget, amount: int = 1, **scopes: Any) -> BudgetSpent:
    with pytest.raises(BudgetSpent) as refused:
        budget.take(amount, **scopes)
    return refused.value


def test_a_limit_of_one_draft_says_nothing_of_another() -> None:
    budget = Budget("thu", "", Limit("draft", 2))
    for _turn in range(2):
        budget.take(draft=1)
    assert spent(budget, draft=1).scope == "draft"
    assert budget.take(draft=2)


def test_what_is_refused_costs_nothing_and_what_is_given_back_neither() -> None:
    budget = Budget("thu", "", Limit("draft", 10), Limit(NETWORK, 20))
    taken = budget.take(8, draft=1, address=HERE)
    spent(budget, 3, draft=1, address=HERE)
    taken.give_back(6)
    assert budget.take(8, draft=1, address=HERE)
    assert budget.take(10, draft=2, address=HERE)


def test_a_site_is_counted_over_its_networks() -> None:
    budget = Budget("thu", "", Limit(NETWORK, 5), Limit(SITE, 2))
    for network in range(2):
        budget.take(address=f"2001:db8:0:{network}::1")
    assert spent(budget, address="2001:db8:0:2::1").scope == SITE
    assert budget.take(address="2001:db8:1::1")


def test_strangers_who_use_up_what_all_share_leave_some_to_each_network() -> None:
    budget = Budget("thu", "", Limit(NETWORK, 9), Limit(PROVINCE, 4, narrowed=2))
    for _turn in range(4):
        budget.take(address=HERE)
    assert spent(budget, address=HERE).scope == PROVINCE
    for _turn in range(2):
        budget.take(address=THERE)
    assert spent(budget, address=THERE).scope == PROVINCE


@pytest.mark.parametrize(
    ("scope", "there"), [(EVERYWHERE, "2001:db8:1:2::1"), (PORTAL, "2001:db8:9::1")], ids=["network", "all"]
)
def test_what_all_provinces_share_is_counted_over_them(other_province, scope, there):
    budget = Budget("thu", "", Limit(scope, 1), Limit(NETWORK, 1))
    budget.take(address="2001:db8:1::1")
    with province_context(other_province.slug):
        assert spent(budget, address=there).scope == scope


def test_a_refused_try_leaves_nothing_in_the_store() -> None:
    assert rate_limits.lacking({KEY: 0, "other": 5}) == [KEY]
    assert [cache.get(name) for name in (KEY, "other")] == [None, None]


def test_a_refusal_says_its_sentence_and_for_how_long() -> None:
    refusal = spent(Budget("thu", "Xin đợi.", Limit(PROVINCE, 0), Limit("draft", 0, DAY)), draft=1)
    assert (str(refusal), refusal.scope, refusal.retry_after) == ("Xin đợi.", "draft", 24 * 60 * 60)


def test_each_refusal_is_counted_by_province_budget_and_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = MagicMock()
    monkeypatch.setattr(telemetry, "_instruments", lambda: {"budget_refused": counter})
    spent(Budget("thu", "", Limit("draft", 0)), draft=1)
    counter.labels.assert_called_once_with("daklak", "thu", "draft")


def test_without_the_cache_a_smaller_budget_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_arguments: Any, **_named: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(rate_limits.cache._cache, "get_client", down)
    budget = Budget("thu", "", Limit(NETWORK, 40), Limit(PROVINCE, 1000, narrowed=2))
    for _turn in range(10):
        budget.take(address=HERE)
    assert spent(budget, address=HERE).scope == NETWORK


def test_what_two_networks_may_take_narrows_no_other_network() -> None:
    """For every budget there is. A window of a network may end within that of the province: it counts twice."""
    import_module("portal.urls")
    modules = [one for name, one in list(sys.modules.items()) if name.partition(".")[0] in ROOMS]
    values = [value for module in modules for value in vars(module).values()]
    grouped = [part for value in values if isinstance(value, dict) for part in value.values()]
    known = [one for one in (*values, *grouped) if isinstance(one, Budget)]
    assert len(known) > 10
    short = []
    for budget in known:
        own = [one for one in budget.limits if one.scope == NETWORK]
        for shared in (one for one in budget.limits if one.narrowed and one.scope in (PROVINCE, PORTAL)):
            twice = 1 if shared.seconds == DAY else 2
            taken = min((one.most * max(1, shared.seconds // one.seconds) for one in own), default=0)
            if 2 * twice * taken >= shared.most:
                short.append((budget.name, shared, taken))
    assert short == []
