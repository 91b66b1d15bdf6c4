"""When a lane rests: after failures in a row, or at once when the account is in trouble. Pure but for jitter.

A resting lane loses nothing: its messages wait and are not counted as tried. When the rest is over one
message is tried; if that goes well the lane works again, if not it rests longer.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason

FAILURES_BEFORE_REST = 5
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


def after(condition: Condition, result: Outcome | Finding, now: datetime) -> Condition:
    """The condition after one result at the moment `now` of the database."""
    reason, kind, text = _read(result)
    if reason is Reason.STALE:
        # It is renewed and tried again: that says nothing yet.
        return condition
    if reason.concerns_account:
        return _rest(condition, _account_rest(condition, result, reason), text, now)
    if reason.trips or kind == OutcomeKind.UNKNOWN:
        failures = condition.failures + 1
        if failures < FAILURES_BEFORE_REST and not condition.on_trial:
            return replace(condition, failures=failures)
        if condition.rests_until and condition.rests_until > now:
            # One that was on its way when the rest began says nothing new.
            return replace(condition, failures=failures)
        longest = min(SHORTEST_REST * (1 << min(condition.rests, 10)), LONGEST_REST)
        wait = longest * random.uniform(0.75, 1.0)  # noqa: S311 – not a secret
        return _rest(replace(condition, failures=failures), wait, text, now)
    if condition.rests_until and condition.rests_until > now:
        # A late success of before does not end a rest that the channel asked for.
        return condition
    return Condition()


def _read(result: Outcome | Finding) -> tuple[Reason, OutcomeKind | None, str]:
    if isinstance(result, Outcome) and result.way_rests:
        # The provider answers, and the account is well: `way_rests` sees to the way.
        return Reason.NONE, None, ""
    if isinstance(result, Outcome):
        return result.reason, result.kind, result.detail or result.code
    return (Reason.TRANSPORT, None, "") if result is Finding.LATER else (Reason.NONE, None, "")


def _account_rest(condition: Condition, result: Outcome | Finding, reason: Reason) -> timedelta:
    asked = result.retry_after if isinstance(result, Outcome) else None
    if reason == Reason.RATE_LIMIT:
        return asked or RATE_REST
    if reason == Reason.DAILY_QUOTA:
        return asked or QUOTA_REST
    return asked or min(ACCOUNT_REST * (1 << min(condition.rests, 10)), LONGEST_ACCOUNT_REST)


def _rest(condition: Condition, wait: timedelta, text: str, now: datetime) -> Condition:
    until = now + wait
    if condition.rests_until and condition.rests_until > until:
        until = condition.rests_until
    new = condition.rests_until is None or condition.rests_until <= now
    return replace(
        condition,
        rests=condition.rests + new,
        rests_until=until,
        trouble=text[:500],
        trouble_since=condition.trouble_since or now,
    )
