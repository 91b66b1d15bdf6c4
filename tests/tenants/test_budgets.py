"""Budgets end with their time, also where the cache loses a key between two of its own steps."""

from typing import Any

import pytest
from django.core.cache import cache

from tenants.web import rate_limits

pytestmark = pytest.mark.usefixtures("province")
KEY = "guess:province"


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is there when the cache looks and gone when it counts, so that it makes one without an end."""
    cache.set(KEY, 100, 60)

    def count(key: str, delta: int = 1, version: Any = None) -> int:
        cache.set(key, delta, None)
        return delta

    monkeypatch.setattr(cache, "incr", count)
    monkeypatch.setattr(cache, "decr", lambda key: count(key, -1))


def seconds_left() -> int:
    store: Any = cache
    left: int = store._cache.get_client(None, write=True).ttl(cache.make_key(KEY))
    return left


def test_what_is_counted_ends(lost: None) -> None:
    assert rate_limits.take({KEY: 5}, seconds=60)
    assert 0 < seconds_left() <= 60


def test_what_is_given_back_leaves_nothing(lost: None) -> None:
    rate_limits.give_back([KEY])
    assert cache.get(KEY) is None
