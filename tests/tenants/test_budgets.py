"""Budgets end with their time, also where the cache lost a key, or has one without an end."""

from typing import Any

import pytest
from django.core.cache import cache

from tenants.web import rate_limits

pytestmark = pytest.mark.usefixtures("province")
KEY = "guess:province"


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
    assert rate_limits.lacking({"window": 5}, daily={KEY: 1}) == []
    assert seconds_left() > rate_limits.WINDOW_SECONDS
    assert rate_limits.lacking({"window": 5}, daily={KEY: 1}) == [KEY]
    assert cache.get("window") == 1, "a refused try costs nothing"


def test_what_is_given_back_after_its_end_leaves_nothing() -> None:
    rate_limits.give_back([KEY])
    assert cache.get(KEY) is None
