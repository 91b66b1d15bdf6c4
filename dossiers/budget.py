"""Failure budgets of look-up: guessing gets expensive, looking up does not.

Only failures count. Loose per address, since many phones share one; tighter per code. When the cache is
down a smaller budget in this process stands in: never none.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache

from dossiers.rules.codes import CodeError, normalise_code
from tenants.context import current_province

WINDOW_SECONDS = 15 * 60
PER_CODE = 10
PER_ADDRESS = 60
PER_PROVINCE = 2000
LOCAL_SHARE = 4
MAX_LOCAL_KEYS = 10_000
LONGEST_CODE = 120


@dataclass(frozen=True)
class Guesser:
    """From where and at what somebody guesses."""

    address: str
    code: str

    @classmethod
    def at(cls, request_address: str, typed_code: str) -> "Guesser":
        """The guesser behind a request. Spellings of one code share one budget."""
        try:
            code = normalise_code(typed_code[:LONGEST_CODE])
        except CodeError:
            code = typed_code[:LONGEST_CODE]
        return cls(request_address, code)

    def broad_limits(self) -> dict[str, int]:
        """What bounds the guesser whatever is asked for."""
        limits = self.limits()
        return {key: limit for key, limit in limits.items() if not key.startswith("guess:code:")}

    def limits(self) -> dict[str, int]:
        """All budgets a failure is charged to, with their sizes."""
        return {
            f"guess:code:{sha256(self.code.encode()).hexdigest()[:20]}": PER_CODE,
            f"guess:from:{block(self.address)}": PER_ADDRESS,
            "guess:province": PER_PROVINCE,
        }


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


def exhausted(guesser: Guesser) -> bool:
    """True when the guesser's broad budgets are used up: answer 429 and look nothing up."""
    return used_up(guesser.broad_limits())


def key_is_locked(guesser: Guesser) -> bool:
    """True when too many wrong keys were tried for this code: no key is compared for a while.

    The code alone still answers, so that nobody can shut the owner out by guessing.
    """
    return used_up({key: limit for key, limit in guesser.limits().items() if key.startswith("guess:code:")})


def used_up(limits: dict[str, int]) -> bool:
    """Whether any of these budgets, {name: size}, is spent for this quarter of an hour."""
    try:
        spent = cache.get_many(list(limits))
    except Exception:  # any trouble with the cache means the local budget
        return any(_local_count(key) >= max(1, limit // LOCAL_SHARE) for key, limit in limits.items())
    return any(spent.get(key, 0) >= limit for key, limit in limits.items())


def spend(guesser: Guesser) -> None:
    """Count one failure."""
    charge(guesser.limits())


def charge(names: Iterable[str]) -> None:
    """Count one thing against each of these budgets."""
    for key in names:
        try:
            if not cache.add(key, 1, WINDOW_SECONDS):
                cache.incr(key)
        except ValueError:  # it ended between the two calls
            cache.set(key, 1, WINDOW_SECONDS)
        except Exception:
            _local_spend(key)


def _local_count(key: str) -> int:
    with _lock:
        started, count = _local.get(f"{current_province().uuid}:{key}", (0.0, 0))
    return count if time.monotonic() - started < WINDOW_SECONDS else 0


def _local_spend(key: str) -> None:
    name, now = f"{current_province().uuid}:{key}", time.monotonic()
    with _lock:
        started, count = _local.pop(name, (now, 0))
        if now - started >= WINDOW_SECONDS:
            started, count = now, 0
        _local[name] = (started, count + 1)
        while len(_local) > MAX_LOCAL_KEYS:
            _local.popitem(last=False)
