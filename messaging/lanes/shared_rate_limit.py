"""One provider's limit, shared fairly by all lanes that it counts together, in whichever province they are.

Who is at work says so in Valkey, and is counted there; each takes an equal part of the limit. When Valkey does
not answer, each takes the part that is left to it when all are at work, and nobody waits.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from messaging.channels.base import Account, Channel
from messaging.channels.capabilities import SharesLimit

log = logging.getLogger(__name__)

# A little is left for what else is asked of the provider, and for clocks that do not agree on the minute.
PART = 0.95
# Who said nothing for so long is not at work any more.
AT_WORK_SECONDS = 5.0
ASK_EVERY = 1.0
TIMEOUT = 0.1
REST_AFTER_FAILURE = 10.0
# As many provinces as there are.
MOST_SHARERS = 34

# By Valkey's own clock: those of several machines differ. Returns how many are at work, whoever asks included.
_COUNT = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
redis.call('ZADD', KEYS[1], at, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], 60)
return redis.call('ZCARD', KEYS[1])
"""


@dataclass(slots=True)
class _Count:
    """How many were at work, when they were counted."""

    at: float
    count: int


_counts: dict[tuple[str, str], _Count] = {}
_rests_until = 0.0
_sharers: Callable[[str], int] = lambda key: MOST_SHARERS  # noqa: E731 – replaced by `count_sharers`


def count_sharers(count: Callable[[str], int]) -> None:
    """Let `count(key)` say how many provinces share a limit; called when Django is ready."""
    global _sharers
    _sharers = count


def rate_of(channel: Channel, account: Account, lane_id: int) -> float | None:
    """Messages per second that this lane may send now of a limit it shares; None when it shares none."""
    if not isinstance(channel, SharesLimit) or (limit := channel.shared_limit(account)) is None:
        return None
    key, per_minute = limit
    return share(key, per_minute, f"{account.province}:{lane_id}")


def leave(channel: Channel, account: Account, lane_id: int) -> None:
    """This lane is not at work any more: its part goes to the others at once. Best effort, quick."""
    if not isinstance(channel, SharesLimit) or (limit := channel.shared_limit(account)) is None:
        return
    key, member = limit[0], f"{account.province}:{lane_id}"
    if _counts.pop((key, member), None) is None or time.monotonic() < _rests_until:
        return
    try:
        _valkey(settings.REDIS_URL).zrem(_name(key), member)
    except Exception as error:
        _rest(key, error)


def share(key: str, per_minute: int, member: str) -> float:
    """The fair part, per second, of a limit per minute that goes by the name `key`, for `member`, who is at work.

    Asks Valkey at most once a second for each member, and never waits for it longer than TIMEOUT.
    """
    return per_minute * PART / 60 / max(_at_work(key, member), 1)


def _at_work(key: str, member: str) -> int:
    now = time.monotonic()
    last = _counts.get((key, member))
    if last is not None and now - last.at < ASK_EVERY:
        return last.count
    if now < _rests_until:
        return _sharers(key)
    try:
        count = int(_valkey(settings.REDIS_URL).eval(_COUNT, 1, _name(key), member, AT_WORK_SECONDS))
    except Exception as error:
        _rest(key, error)
        return _sharers(key)
    _counts[key, member] = _Count(now, count)
    return count


def _rest(key: str, error: Exception) -> None:
    """Whatever ails Valkey, or the way to it: messages are sent all the same, and for a while it is not asked."""
    global _rests_until
    _rests_until = time.monotonic() + REST_AFTER_FAILURE
    log.warning("limit %s is shared blindly: %s", key, type(error).__name__)


def _name(key: str) -> str:
    return f"{settings.QUEUE_PREFIX}share:{key}"


@cache
def _valkey(url: str) -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis.from_url(
        url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
    )
