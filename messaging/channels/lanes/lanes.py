"""The lanes of a province, their leases, and waking their workers: one worker at a time works on a lane."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from messaging.channels.lanes import circuit_breaker
from messaging.channels.models import DEFAULT_ACCOUNT, Lane
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.web import telemetry

log = logging.getLogger(__name__)

# A lease ends with the database session that took it, whose lock on the lease's token then is gone, or by the clock: a
# process that was frozen keeps its session.
SESSION_ENDED = """(lease_token IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
    AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(lease_token::text, 0)))"""
OVER = f"(lease_until IS NULL OR lease_until <= statement_timestamp() OR {SESSION_ENDED})"


def ensure_lane(channel: str) -> tuple[Lane, bool]:
    """The province's lane at this channel, made if there is none; and whether it was made."""
    # One that works before one that is paused.
    lane = Lane.objects.filter(channel=channel).order_by("state", "pk").first()
    if lane is not None:
        return lane, False
    return Lane.objects.get_or_create(channel=channel, account=DEFAULT_ACCOUNT)


def ensure_lanes() -> list[tuple[Lane, bool]]:
    """A lane for each channel that is switched on, each with whether it was made just now."""
    return [ensure_lane(channel) for channel in settings.MESSAGING_CHANNELS]


def set_state(lane: Lane, state: str, actor: User) -> None:
    """Pause a lane or let it work again. Writes the state alone: a relay may hold the lane at this moment."""
    with transaction.atomic():
        Lane.objects.filter(pk=lane.pk).update(state=state)
        audit.record("lane.state", _named(lane), actor=actor, state=state)
        _tell("lane.paused" if state == Lane.State.PAUSED else "lane.resumed", lane)


def set_limits(
    lane: Lane,
    *,
    rate: float | None,
    monthly_budget: int | None,
    money_limit: int | None = None,
    actor: User,
) -> None:
    """Set messages per second and per month, and đồng per month; None: the channel's rate, no limit."""
    limits: dict[str, Any] = {"rate": rate, "monthly_budget": monthly_budget, "money_limit": money_limit}
    with transaction.atomic():
        Lane.objects.filter(pk=lane.pk).update(**limits)
        audit.record("lane.limits", _named(lane), actor=actor, **limits)


def end_rest(lane: Lane, actor: User) -> None:
    """End a rest at once, also those of single ways: the next message tries how the account is now."""
    with transaction.atomic():
        Lane.objects.filter(pk=lane.pk).update(rests_until=None)
        circuit_breaker.end_way_rest(lane)
        audit.record("lane.wake", _named(lane), actor=actor)
        _tell("lane.woken", lane)


def within_budget() -> Q:
    """Lanes that may still send this month."""
    month = clock.now().astimezone(clock.VIETNAM).date().replace(day=1)
    unspent = Q(spent_month__isnull=True) | ~Q(spent_month=month) | Q(spent__lt=F("monthly_budget"))
    return Q(monthly_budget__isnull=True) | (Q(monthly_budget__gt=0) & unspent)


class Lease:
    """The right to work on a lane, for as long as this database session lives and at most for a while, by the
    database's clock. The session must be this process's alone: none that is pooled by transactions."""

    def __init__(self, lane_id: int, length: timedelta) -> None:
        self.lane_id = lane_id
        self.length = length
        self.token: UUID = uuid4()
        self.session = 0
        self.idle_before = ""
        # Whether the holder before did not give the lane back.
        self.took_over = False

    @property
    def _mine(self) -> Q:
        session = RawSQL("pg_backend_pid() = %s", [self.session], BooleanField())
        return Q(session, pk=self.lane_id, lease_token=self.token)

    @property
    def holds(self) -> Q:
        """Finds the lane while this lease counts: whoever claims proves it in the claim's own statement."""
        return self._mine & Q(lease_until__gt=Now())

    def take(self) -> bool:
        """Take the lane if it is active, awake and free, or if its holder's session or time is over."""
        idle = f"{self.length.total_seconds():.0f}s"
        taken = _execute(_TAKE, self.lane_id, self.token, self.length, self.lane_id, Lane.State.ACTIVE, idle)
        self.session, self.took_over, self.idle_before = taken[:3] if taken else (0, False, "")
        return taken is not None

    def renew(self) -> bool:
        """Lengthen the lease; False when somebody else has the lane by now or it was paused."""
        mine = Lane.objects.filter(self._mine, state=Lane.State.ACTIVE)
        return bool(mine.update(lease_until=Now() + self.length))

    def give_back(self) -> None:
        """Let the next relay in."""
        _execute(_GIVE_BACK, self.lane_id, self.token, self.idle_before, self.token)


# A process that is frozen in a transaction must not hold the lane's row for longer than its lease.
_TAKE = f"""
    WITH before AS (SELECT lease_token AS former FROM channels_lane WHERE id = %s FOR NO KEY UPDATE)
    UPDATE channels_lane SET lease_token = %s, lease_until = statement_timestamp() + %s FROM before
    WHERE id = %s AND state = %s AND {OVER} AND (rests_until IS NULL OR rests_until <= statement_timestamp())
    RETURNING pg_backend_pid(), former IS NOT NULL, current_setting('idle_in_transaction_session_timeout'),
        set_config('idle_in_transaction_session_timeout', %s, false),
        pg_advisory_lock(hashtextextended(lease_token::text, 0))
"""  # noqa: S608 – names of the code
_GIVE_BACK = """
    WITH given AS (
        UPDATE channels_lane SET lease_token = NULL, lease_until = NULL WHERE id = %s AND lease_token = %s
    ) SELECT set_config('idle_in_transaction_session_timeout', %s, false),
        pg_advisory_unlock(hashtextextended(%s::text, 0))
"""


def _execute(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def _tell(event: str, lane: Lane) -> None:
    transaction.on_commit(partial(telemetry.log, event, lane=lane.pk), robust=True)


def _named(lane: Lane) -> str:
    return f"lane:{lane.channel}:{lane.account}"


# Waking is best effort: the sweeper finds whatever no wake-up announced. A broker that is down must not slow each
# request: after a failure this process makes no wake-up for a while.
REST_SECONDS = 10.0
# A task that no worker took by then was lost, or waits long: the next one may be enqueued.
_LANE_TASK_SECONDS = 10

RUN_LANE = "messaging.delivery.tasks.run_lane"

_rests_until = 0.0


def wake_worker(task: str, slug: str, *arguments: object, unless: Callable[[], bool] | None = None) -> bool:
    """Enqueue this task, by its whole name, for the province of this name; whether the broker took it. Raises nothing.

    `unless`: asked first, true when no wake-up is needed. By its name no app below that of the task imports it.
    """
    global _rests_until
    if time.monotonic() < _rests_until:
        return False
    try:
        if unless is not None and unless():
            return False
        current_app.send_task(task, (slug, *arguments))
    except Exception as error:
        _rests_until = time.monotonic() + REST_SECONDS
        log.warning("no wake-up %s for %s: %s; the sweeper finds it", task, slug, type(error).__name__)
        telemetry.hint_failed()
        telemetry.log("hint.lost", province=slug, task=task.rpartition(".")[2])
        return False
    return True


def wake_lane(lane: Lane) -> None:
    """Wake a worker for this lane of the current province, once the transaction has committed.

    A lane under lease needs no wake-up: its worker looks again before and after it releases the lease.
    """
    unless = partial(_needs_no_task, lane.pk)
    wake_up = partial(wake_worker, RUN_LANE, current_province().slug, lane.pk, unless=unless)
    transaction.on_commit(wake_up, robust=True)


@contextmanager
def no_wakeups() -> Iterator[None]:
    """Inside the block no worker is woken: for a province that only this process knows."""
    global _rests_until
    before, _rests_until = _rests_until, float("inf")
    try:
        yield
    finally:
        _rests_until = before


def _needs_no_task(lane_id: int) -> bool:
    return Lane.objects.filter(pk=lane_id, lease_until__gt=Now()).exists() or not reserve_lane_task(lane_id)


def reserve_lane_task(lane_id: int) -> bool:
    """Reserve the one task of this lane in the queue; False where one waits there already.

    Without this a queue that is behind grows by a task for each lane and sweep.
    """
    return reserve_task(f"lane:{lane_id}", _LANE_TASK_SECONDS)


def release_lane_task(lane_id: int) -> None:
    """A worker begins with this lane: messages written from now on may enqueue a task again."""
    release_task(f"lane:{lane_id}")


def reserve_task(key: str, seconds: float) -> bool:
    """Reserve a place in the queue for `key` of this province, for so long at most; False where it is taken."""
    return bool(cache.add(f"task:{key}", True, seconds))


def release_task(key: str) -> None:
    """The task of this key began: another one may be enqueued. Raises nothing."""
    try:
        cache.delete(f"task:{key}")
    except Exception as error:  # it ends by itself
        log.warning("task %s of %s not released: %s", key, current_province().slug, type(error).__name__)
