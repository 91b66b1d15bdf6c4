"""The circuit breaker of a lane and of each of its ways: when they rest, and how their rows remember it.

A lane rests after failures in a row, or at once when the account is in trouble or an answer leaves it open whether a
message was taken: each such message may become a telephone call. A resting lane loses nothing: its messages wait and
are not counted as tried. When the rest is over the provider is asked something that is nobody's message; while it does
not answer the lane rests longer. Then messages are tried one at a time, until as many went well as had failed. A
resting way (its quota or money is spent) is passed over. A message that no other way can carry is put off until then.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason
from messaging.channels.models import Lane, WayRest
from messaging.channels.states import UNSENT
from tenants.web import telemetry

FAILURES_BEFORE_REST = 5
# What was on its way when the first answer could not be read comes back meanwhile.
FIRST_REST = timedelta(seconds=1)
# After so many rests a message is tried although the provider answers no question: it may answer messages alone.
MOST_QUESTIONS = 10
# Short enough that a provider that is well again is found within a minute.
SHORTEST_REST = timedelta(seconds=4)
LONGEST_REST = timedelta(seconds=30)
# What needs a person at the provider's end: asked again now and then, in case somebody saw to it.
ACCOUNT_REST = timedelta(seconds=60)
LONGEST_ACCOUNT_REST = timedelta(minutes=10)
RATE_REST = timedelta(seconds=5)
QUOTA_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a lane fares: failures in a row, rests in a row, until when it rests, and why."""

    failures: int = 0
    rests: int = 0
    rests_until: datetime | None = None
    trouble: str = ""
    trouble_since: datetime | None = None

    @property
    def on_trial(self) -> bool:
        """Whether the next message only tries how things are."""
        return self.rests > 0

    @property
    def asks_first(self) -> bool:
        """Whether the provider is to answer a question before the next message is tried."""
        return self.failures > 0 and self.rests % MOST_QUESTIONS > 0 and self.rests_until is not None


def after(condition: Condition, result: Outcome | Finding, now: datetime) -> Condition:
    """The condition after one result at the moment `now` of the database."""
    reason, kind, text = _read(result)
    if reason is Reason.STALE or result in (Finding.AWAITED, Finding.UNSUPPORTED):
        # It is renewed and tried again, or the provider cannot be asked: that says nothing yet.
        return condition
    if reason.concerns_account:
        longest = min(ACCOUNT_REST * (1 << min(condition.rests, 10)), LONGEST_ACCOUNT_REST)
        usual = {Reason.RATE_LIMIT: RATE_REST, Reason.DAILY_QUOTA: QUOTA_REST}.get(reason, longest)
        asked = result.retry_after if isinstance(result, Outcome) else None
        return _rest(condition, asked or usual, text, now)
    if reason.trips or kind == OutcomeKind.UNKNOWN:
        unreadable = kind == OutcomeKind.UNKNOWN
        failures = FAILURES_BEFORE_REST if unreadable else min(condition.failures + 1, FAILURES_BEFORE_REST)
        if failures < FAILURES_BEFORE_REST and not condition.on_trial:
            return replace(condition, failures=failures)
        if condition.rests_until and condition.rests_until > now:
            # One that was on its way when the rest began says nothing new.
            return replace(condition, failures=failures)
        longest = min(SHORTEST_REST * (1 << min(condition.rests, 10)), LONGEST_REST)
        if unreadable:
            # On trial the provider had answered a question: only messages show how things are.
            longest = LONGEST_REST if condition.on_trial else FIRST_REST
        wait = longest * random.uniform(0.75, 1.0)  # noqa: S311 – not a secret
        return _rest(replace(condition, failures=failures), wait, text, now)
    if condition.rests_until and condition.rests_until > now:
        # A late success of before does not end a rest that the channel asked for.
        return condition
    owed = condition.failures - 1 if condition.on_trial else 0
    return Condition(owed, rests=1) if owed > 0 else Condition()


def _read(result: Outcome | Finding) -> tuple[Reason, OutcomeKind | None, str]:
    if isinstance(result, Outcome) and result.way_rests:
        # The provider answers, and the account is well: `way_rests` sees to the way.
        return Reason.NONE, None, ""
    if isinstance(result, Outcome):
        return result.reason, result.kind, result.detail or result.code
    return (Reason.TRANSPORT, None, "") if result is Finding.LATER else (Reason.NONE, None, "")


def _rest(condition: Condition, wait: timedelta, text: str, now: datetime) -> Condition:
    until = now + wait
    if condition.rests_until and condition.rests_until > until:
        until = condition.rests_until
    new = condition.rests_until is None or condition.rests_until <= now
    return replace(
        condition,
        rests=condition.rests + new,
        rests_until=until,
        trouble=text[:500] or condition.trouble,
        trouble_since=condition.trouble_since or now,
    )


_COLUMNS = ("failures", "rests", "rests_until", "trouble", "trouble_since")


def condition_of(lane: Lane) -> Condition:
    """The condition that the lane's row tells."""
    return Condition(**{name: getattr(lane, name) for name in _COLUMNS})


def note(lane_id: int, condition: Condition, results: Sequence[Outcome | Finding]) -> Condition:
    """The condition after these results, written to the lane's row. `condition`: what the caller knew of it."""
    if condition == Condition() and all(is_fine(result) for result in results):
        return condition
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        # Another worker's late results may have made it rest since.
        condition = condition_of(lane)
        for result in results:
            condition = after(condition, result, lane.db_now)
        Lane.objects.filter(pk=lane_id).update(**{name: getattr(condition, name) for name in _COLUMNS})
    return condition


def end_rest_as_answered(lane_id: int, condition: Condition) -> Condition:
    """The provider answers: a message may be tried, unless the lane rests for something else by now."""
    Lane.objects.filter(pk=lane_id, rests_until=condition.rests_until).update(rests_until=None)
    return condition_of(Lane.objects.get(pk=lane_id))


def rest_for_account(lane: Lane, trouble: str) -> Condition:
    """Let a lane rest because its account is in trouble, which was found out without sending anything."""
    result = Outcome(OutcomeKind.TEMPORARY, detail=trouble, reason=Reason.CREDENTIAL)
    return note(lane.pk, condition_of(lane), [result])


def forget(lane: Lane) -> None:
    """What ailed the lane is over: it works again as if it had fared well."""
    fresh = Condition()
    Lane.objects.filter(pk=lane.pk).update(**{name: getattr(fresh, name) for name in _COLUMNS})
    end_way_rest(lane)


def is_fine(result: Outcome | Finding) -> bool:
    """Whether this result leaves a lane that fares well as it is; needs no clock."""
    if isinstance(result, Finding):
        return result is not Finding.LATER
    reason = result.reason
    return not (
        reason.trips
        or reason.concerns_account
        or reason is Reason.STALE
        or result.kind == OutcomeKind.UNKNOWN
    )


_WAY_COLUMNS = ("rests", "rests_until", "trouble", "trouble_since")


def note_ways(lane_id: int, results: Sequence[tuple[str, Outcome | Finding]]) -> None:
    """Let ways rest, or no longer, after these results, each with the way that it was to try ("": none)."""
    concerned = [
        (trial, result)
        for trial, result in results
        if isinstance(result, Outcome) and (trial or result.way_rests)
    ]
    if not concerned:
        return
    with transaction.atomic():
        lane: Any = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        for trial, result in concerned:
            if result.way_rests:
                _rest_way(lane, result)
            elif trial == result.way and is_fine(result):
                # It was about the message alone, so the account may use the way again.
                WayRest.objects.filter(lane=lane, way=trial).delete()
                _tell("lane.recovers", lane=lane.pk)


def end_way_rest(lane: Lane) -> None:
    """End the rests of all ways of this lane at once: the next message by each of them tries it."""
    rests = WayRest.objects.select_for_update().filter(lane=lane)
    waiting = lane.messages.filter(state__in=UNSENT, next_attempt_at__in=[rest.ends_at for rest in rests])
    waiting.update(next_attempt_at=Now())
    WayRest.objects.filter(lane=lane).update(rests_until=Now(), trial_until=None)


def _rest_way(lane: Any, result: Outcome) -> None:
    row = WayRest.objects.filter(lane=lane, way=result.way[:20]).first()
    known = {name: getattr(row, name) for name in _WAY_COLUMNS} if row else {}
    condition = after(Condition(**known), replace(result, way_rests=False), lane.db_now)
    columns = {name: getattr(condition, name) for name in _WAY_COLUMNS}
    WayRest.objects.update_or_create(
        lane=lane, way=result.way[:20], defaults={**columns, "trial_until": None}
    )
    if condition.rests > (row.rests if row else 0):
        _tell("lane.rests", lane=lane.pk, reason=result.reason.value, code=result.code)


def _tell(event: str, **fields: Any) -> None:
    transaction.on_commit(partial(telemetry.log, event, **fields), robust=True)
