"""When a message that could not be sent is tried again, and when it is given up."""

import random
from datetime import datetime, timedelta

FIRST = timedelta(seconds=8)
LONGEST = timedelta(hours=3)
SHORTEST = timedelta(seconds=1)
# A last try is made at the end of its hours, and may come this late.
LAST_TRY = timedelta(minutes=2)
# A channel that cannot send for this long gives its messages to their next one, where they have one.
PATIENCE = timedelta(minutes=30)
# A message that was tried this often is given up, whatever its hours.
MOST_ATTEMPTS = 300
# A request whose answer was lost may still be at work there: asked at once, the channel would say "no".
PAUSE_BEFORE_ASKING = timedelta(seconds=10)
# A channel that cannot say whether a message came gets this long before the same one is sent again.
PAUSE_WHEN_UNSUPPORTED = timedelta(minutes=10)


def ceiling(attempt: int) -> timedelta:
    """Longest wait after attempt number `attempt` (1, 2, …): it doubles from 8 seconds up to 3 hours."""
    doublings = min(attempt - 1, 20)
    return min(FIRST * (1 << doublings), LONGEST)


def wait_after(attempt: int, *, at_least: timedelta | None = None) -> timedelta:
    """Wait before the next try, with full jitter: after an outage not all messages come back at once.

    `at_least`: a time that the channel asked for, or that it needs.
    """
    span = (ceiling(attempt) - SHORTEST).total_seconds()
    wait = SHORTEST + timedelta(seconds=random.uniform(0, span))  # noqa: S311 – not a secret
    return max(wait, at_least) if at_least else wait


def next_try(now: datetime, until: datetime, wait: timedelta) -> datetime | None:
    """Moment of the next try; None when the message is worth sending no longer (`until`, 24 hours by default).

    A wait that would reach past the end is cut to the end, so the last try is never skipped.
    """
    return None if now >= until else min(now + wait, until)
