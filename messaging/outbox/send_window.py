"""The hours in which a province writes to people. Pure: wall-clock times of Viet Nam."""

import random
from datetime import datetime, time, timedelta

from tenants.clock import VIETNAM

# A notice that is older than this when its turn comes is no news any more: it keeps to the hours.
FRESH_FOR = timedelta(minutes=30)
# What waited for the morning is spread over this, so that the channel is not stormed at the first minute.
SPREAD = timedelta(minutes=10)


def is_open(moment: datetime, opens: time, closes: time) -> bool:
    """Whether people may be written to at this moment (aware) in hours from `opens` until `closes`."""
    return opens <= moment.astimezone(VIETNAM).time() < closes


def next_opening(moment: datetime, opens: time, closes: time) -> datetime:
    """The moment itself when the hours are open, else when they open next, in Vietnamese time."""
    local = moment.astimezone(VIETNAM)
    if is_open(local, opens, closes):
        return moment
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, opens, VIETNAM)


def put_off(moment: datetime, opens: time, closes: time) -> datetime:
    """When something that keeps to the hours may be sent: at once, or spread over the next opening."""
    opening = next_opening(moment, opens, closes)
    if opening == moment:
        return moment
    # The hours may be shorter than the spread.
    span = min(SPREAD, datetime.combine(opening.date(), closes, VIETNAM) - opening)
    return opening + span * random.random()  # noqa: S311 – not a secret
