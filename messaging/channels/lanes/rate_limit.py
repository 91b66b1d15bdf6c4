"""Rate limits of a lane: its own rate, a limit that several lanes share, and the budget of the month.

Messages get slots in time, one after the other at the distance that the rate allows; the lane's row
remembers the next free one. So no second exceeds the rate, whoever works on the lane and however much waits.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import Account, Channel
from messaging.channels.models import Lane
from messaging.channels.states import State
from tenants import clock

# Slots are given a little further apart than the rate says: on the way to the provider some catch up.
SLACK = 1.05
# A message is claimed at most this long before its slot: a process that dies leaves little in doubt.
SLOT_AHEAD = timedelta(milliseconds=250)
# A lane is worked on when its next slot comes within this time.
HORIZON = timedelta(seconds=2)
# Of the month's messages and money, as much is kept for notices that somebody waits for.
KEPT_FOR_NOTICES = 0.2


@dataclass(slots=True)
class Allowance:
    """What one claim may take. Changes the lane's row only in `write_down`."""

    lane: Lane
    now: datetime
    distance: timedelta
    month: date
    left: int | None
    given: int = 0
    may_cost: bool = True
    left_for_bulk: int | None = None
    bulk_may_cost: bool = True

    @property
    def is_spent(self) -> bool:
        """Whether this month's budget is used up."""
        return self.left is not None and self.left <= 0

    @property
    def is_spent_for_bulk(self) -> bool:
        """Whether what is left of this month's budget is kept for notices."""
        return self.left_for_bulk is not None and self.left_for_bulk <= 0

    def slots(self, messages: Sequence[Any]) -> list[tuple[Any, timedelta]]:
        """Those of the messages that may be taken, each with how long from now its slot is.

        One that is only asked about needs no slot and costs nothing.
        """
        taken = []
        slot = max(self.now, self.lane.next_slot_at or self.now)
        for message in messages:
            if message.state == State.UNKNOWN:
                taken.append((message, timedelta(0)))
            elif self._has_room_for(message, slot - self.now):
                taken.append((message, slot - self.now))
                slot += self.distance
                self.given += 1
        if self.given and self.distance:
            self.lane.next_slot_at = slot
        return taken

    def _has_room_for(self, message: Any, wait: timedelta) -> bool:
        left = self.left_for_bulk if message.bulk else self.left
        return wait <= SLOT_AHEAD and (left is None or self.given < left)

    def write_down(self) -> None:
        """Note what was given, in the transaction that gives it."""
        if not self.given:
            return
        same = self.lane.spent_month == self.month
        spent, money = (self.lane.spent, self.lane.money_spent) if same else (0, 0)
        columns: dict[str, Any] = {"spent": spent + self.given, "spent_month": self.month}
        if money != self.lane.money_spent:
            columns["money_spent"] = money
        if self.distance:
            columns["next_slot_at"] = self.lane.next_slot_at
        Lane.objects.filter(pk=self.lane.pk).update(**columns)


def allow(
    lane: Lane,
    rate_of_channel: float | None,
    now: datetime,
    shared: float | None = None,
) -> Allowance:
    """What the lane may take at the moment `now` of the database; the lane's row must be locked.

    `shared`: its part of a rate that it shares with others, which it never exceeds.
    """
    rates = [rate for rate in (lane.rate or rate_of_channel, shared) if rate]
    rate = min(rates, default=None)
    distance = timedelta(seconds=SLACK / rate) if rate else timedelta(0)
    month = clock.today().replace(day=1)
    left = None
    if lane.monthly_budget is not None:
        left = lane.monthly_budget - (lane.spent if lane.spent_month == month else 0)
    spent = lane.money_spent if lane.spent_month == month else 0
    may_cost = lane.money_limit is None or spent < lane.money_limit
    return Allowance(
        lane, now, distance, month, left, may_cost=may_cost,
        left_for_bulk=None if left is None else left - kept_for_notices(lane.monthly_budget),
        bulk_may_cost=may_cost and (
            lane.money_limit is None or spent < lane.money_limit - kept_for_notices(lane.money_limit)
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the lane's rate: how long until it comes, and whether the month's money is not spent."""

    wait: timedelta
    may_cost: bool


def reserve(lane_id: int, channel: Channel, patience: timedelta) -> Slot | None:
    """Take the lane's next slot, and one message of its budget, for a message outside the outbox.

    None, and nothing is taken, while the lane rests or is paused, when its budget is spent, or the slot is further
    away than `patience`. Opens a durable transaction.
    """
    with transaction.atomic(durable=True):
        lane = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        allowance = allow(lane, channel.capabilities.rate, lane.db_now)
        at = max(lane.db_now, lane.next_slot_at or lane.db_now)
        rests = lane.rests_until is not None and lane.rests_until > lane.db_now
        if lane.state != Lane.State.ACTIVE or rests or allowance.is_spent or at - lane.db_now > patience:
            return None
        allowance.given = 1
        lane.next_slot_at = at + allowance.distance
        allowance.write_down()
    return Slot(at - lane.db_now, allowance.may_cost)


def kept_for_notices(limit: int | None) -> int:
    """How much of a month's limit no broadcast may use."""
    return round((limit or 0) * KEPT_FOR_NOTICES)


def refund(lane_id: int, count: int) -> None:
    """Give back to the budget what was certainly not sent."""
    if count:
        Lane.objects.filter(pk=lane_id).update(spent=Greatest(F("spent") - count, 0))


def charge(lane_id: int, cost: int) -> None:
    """Note what the provider takes for what it took over, in đồng.

    What is on its way when the last of the month's money goes may still cost: at most one claim's messages.
    """
    if cost:
        Lane.objects.filter(pk=lane_id).update(money_spent=F("money_spent") + cost)


log = logging.getLogger(__name__)

# A little is left for what else is asked of the provider, and for clocks that do not agree on the minute.
PART = 0.95
# Who said nothing for so long is not at work any more.
AT_WORK_SECONDS = 5.0
ASK_EVERY = 1.0
TIMEOUT = 0.1
REST_AFTER_FAILURE = 10.0

# By Valkey's own clock: those of several machines differ. Returns how many are at work, whoever asks included.
_COUNT = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
redis.call('ZADD', KEYS[1], at, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], 60)
return redis.call('ZCARD', KEYS[1])
"""


# When so many were counted at work, by limit and member.
_counts: dict[tuple[str, str], tuple[float, int]] = {}
_rests_until = 0.0


def _sharers(key: str) -> int:
    channel, _colon, app = key.partition(":")
    return channel_routes.sharers(channel, app)


def rate_of(channel: Channel, account: Account, lane_id: int) -> float | None:
    """Messages per second that this lane may send now of a limit it shares; None when it shares none."""
    if (limit := channel.shared_limit(account)) is None:
        return None
    key, per_minute = limit
    return share(key, per_minute, f"{account.province}:{lane_id}")


def leave(channel: Channel, account: Account, lane_id: int) -> None:
    """This lane is not at work any more: its part goes to the others at once. Best effort, quick."""
    if (limit := channel.shared_limit(account)) is None:
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
    if last is not None and now - last[0] < ASK_EVERY:
        return last[1]
    if now < _rests_until:
        return _sharers(key)
    try:
        count = int(_valkey(settings.REDIS_URL).eval(_COUNT, 1, _name(key), member, AT_WORK_SECONDS))
    except Exception as error:
        _rest(key, error)
        return _sharers(key)
    _counts[key, member] = (now, count)
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
