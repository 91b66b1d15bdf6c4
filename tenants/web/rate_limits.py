"""Failure budgets: guessing gets expensive, whatever is guessed at.

A budget is a name and a size; it fills again when its time is over. Counted in Valkey; when that is down a
smaller budget in this process stands in: never none. Budgets of one province say nothing in another.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.cache import cache

from tenants.isolation.signing import present_owner

WINDOW_SECONDS = 15 * 60
DAY_SECONDS = 24 * 60 * 60
LOCAL_SHARE = 4
MAX_LOCAL_KEYS = 10_000

# None is kept for what was given back whole: nobody fills the store with refused tries.
_CHANGE = """
local count = redis.call('incrby', KEYS[1], ARGV[1])
if count <= 0 then redis.call('del', KEYS[1]) else redis.call('expire', KEYS[1], ARGV[2], 'nx') end
return count
"""
_lock = threading.Lock()
_local: OrderedDict[str, tuple[float, int]] = OrderedDict()


@lru_cache(4096)
def block(address: str) -> str:
    """The /24 of an IPv4, the /64 of an IPv6 address: what one guesser can change at no cost."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    length = 24 if mapped.version == 4 else 64
    return str(ipaddress.ip_network((mapped, length), strict=False))


def site(address: str) -> str:
    """The /48 of an IPv6 address, which one customer may have whole, with 65,536 networks in it; "" for others."""
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return ""
    return "" if parsed.ipv4_mapped else str(ipaddress.ip_network((parsed, 48), strict=False))


def origin(address: str) -> str:
    """The widest network that one customer may have whole: the /24 of an IPv4, the /48 of an IPv6 address."""
    return site(address) or block(address)


def find_used_up(limits: Mapping[str, int]) -> set[str]:
    """Those of these budgets, {name: size}, that are spent for now."""
    if not limits:
        return set()
    try:
        spent = cache.get_many(list(limits))
    except Exception:  # any trouble with the cache means the local budget
        return {key for key, limit in limits.items() if _local_count(key) >= max(1, limit // LOCAL_SHARE)}
    return {key for key, limit in limits.items() if spent.get(key, 0) >= limit}


def charge(names: Iterable[str]) -> None:
    """Count one thing against each of these budgets."""
    _count(dict.fromkeys(names, 1), {})


def take(limits: Mapping[str, int], *, seconds: int = WINDOW_SECONDS) -> bool:
    """Count one try against all these budgets if each has room for it; whether they had.

    Counted before the try is made, so that a hundred tries at once are no more than one after another. A
    refused try costs nothing: a refused client cannot use up the budget of others. A success is given back.
    """
    return not lacking(limits, seconds=seconds)


def lacking(
    limits: Mapping[str, int],
    *,
    seconds: int = WINDOW_SECONDS,
    lives: Mapping[str, int] | None = None,
    amount: int = 1,
) -> list[str]:
    """`take` one try, or `amount` units; the names of the budgets without room, none when it was taken.

    Those named in `lives` last so many seconds instead.
    """
    lives = {**dict.fromkeys(limits, seconds), **(lives or {})}
    counts, local = _count(dict.fromkeys(limits, amount), lives)
    refused = [
        key
        for key, limit in limits.items()
        if counts[key] > (max(2, limit // LOCAL_SHARE) if local else limit)
    ]
    if refused:
        give_back(limits, amount=amount)
    return refused


def give_back(names: Iterable[str], *, charging: Iterable[str] = (), amount: int = 1) -> None:
    """Undo a `take` of each of these budgets, and count one against those of `charging`."""
    _count({**dict.fromkeys(names, -amount), **dict.fromkeys(charging, 1)}, {})


def forget_local() -> None:
    """Forget what this process counted itself: for tests."""
    with _lock:
        _local.clear()


def _count(changes: Mapping[str, int], lives: Mapping[str, int]) -> tuple[dict[str, int], bool]:
    """Change these counters in one exchange; what they are then, and whether only this process knows of them.

    One that is new ends after its `lives`, else after the window.
    """
    if not changes:
        return {}, False
    seconds = {key: lives.get(key, WINDOW_SECONDS) for key in changes}
    try:
        store: Any = cache
        exchange = store._cache.get_client(write=True).pipeline(transaction=False)
        for name, number in changes.items():
            exchange.eval(_CHANGE, 1, store.make_and_validate_key(name), number, seconds[name])
        return dict(zip(changes, exchange.execute(), strict=True)), False
    except Exception:  # any trouble with the cache means the local budget
        return {key: _local_add(key, number, seconds[key]) for key, number in changes.items()}, True


def _local_count(key: str) -> int:
    with _lock:
        ends, count = _local.get(f"{present_owner()}:{key}", (0.0, 0))
    return count if time.monotonic() < ends else 0


def _local_add(key: str, number: int, seconds: int) -> int:
    name, now = f"{present_owner()}:{key}", time.monotonic()
    with _lock:
        ends, count = _local.pop(name, (now + seconds, 0))
        if now >= ends:
            ends, count = now + seconds, 0
        count = max(0, count + number)
        _local[name] = (ends, count)
        while len(_local) > MAX_LOCAL_KEYS:
            _local.popitem(last=False)
    return count
