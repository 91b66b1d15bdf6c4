"""Failure budgets: guessing gets expensive, whatever is guessed at.

A budget is a name and a size; it fills again when its time is over. Counted in Valkey; when that is down a
smaller budget in this process stands in: never none. Budgets of one province say nothing in another.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from django.core.cache import cache

from tenants.isolation.signing import present_owner

WINDOW_SECONDS = 15 * 60
LOCAL_SHARE = 4
MAX_LOCAL_KEYS = 10_000

_lock = threading.Lock()
_local: OrderedDict[str, tuple[float, int]] = OrderedDict()


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


def used_up(limits: Mapping[str, int]) -> bool:
    """Whether any of these budgets, {name: size}, is spent for now."""
    try:
        spent = cache.get_many(list(limits))
    except Exception:  # any trouble with the cache means the local budget
        return any(_local_count(key) >= max(1, limit // LOCAL_SHARE) for key, limit in limits.items())
    return any(spent.get(key, 0) >= limit for key, limit in limits.items())


def charge(names: Iterable[str]) -> None:
    """Count one thing against each of these budgets."""
    for key in names:
        _count(key, WINDOW_SECONDS)


def take(limits: Mapping[str, int], *, seconds: int = WINDOW_SECONDS) -> bool:
    """Count one try against all these budgets if each has room for it; whether they had.

    Counted before the try is made, so that a hundred tries at once are no more than one after another. A
    refused try costs nothing: a refused client cannot use up the budget of others. A success is given back.
    """
    return not lacking(limits, seconds=seconds)


def lacking(limits: Mapping[str, int], *, seconds: int = WINDOW_SECONDS) -> list[str]:
    """`take` one try; the names of the budgets that had no room for it, none when it was taken."""
    counted = [(key, *_count(key, seconds), limit) for key, limit in limits.items()]
    refused = [
        key
        for key, count, local, limit in counted
        if count > (max(2, limit // LOCAL_SHARE) if local else limit)
    ]
    if refused:
        give_back(limits)
    return refused


def give_back(names: Iterable[str]) -> None:
    """Undo one `take` of each of these budgets."""
    for key in names:
        try:
            # Counting up and down looks whether there is the key, then counts. Where it ended between the two the
            # cache makes one that never ends.
            if cache.decr(key) < 0:
                cache.delete(key)
        except ValueError:  # its time ended meanwhile
            continue
        except Exception:
            _local_add(key, -1, WINDOW_SECONDS)


def forget_local() -> None:
    """Forget what this process counted itself: for tests."""
    with _lock:
        _local.clear()


def _count(key: str, seconds: int) -> tuple[int, bool]:
    """One more; how many that makes, and whether only this process knows of them."""
    try:
        if cache.add(key, 1, seconds):
            return 1, False
        count = cache.incr(key)
        if count <= 1:  # it ended meanwhile, and what the cache made would never end
            cache.touch(key, seconds)
        return count, False
    except ValueError:  # it ended between the two calls
        cache.set(key, 1, seconds)
        return 1, False
    except Exception:
        return _local_add(key, 1, seconds), True


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
