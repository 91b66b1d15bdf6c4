"""How a lane fares, as its row remembers it between the relays that work on it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from messaging import breaker
from messaging.channels.base import Finding, Outcome
from messaging.models import Lane

_COLUMNS = ("failures", "rests", "rests_until", "trouble", "trouble_since")


def condition_of(lane: Lane) -> breaker.Condition:
    """The condition that the lane's row tells."""
    return breaker.Condition(**{name: getattr(lane, name) for name in _COLUMNS})


def note(
    lane_id: int, condition: breaker.Condition, results: Sequence[Outcome | Finding]
) -> breaker.Condition:
    """The condition after these results; written to the lane's row when it changed."""
    if condition == breaker.Condition() and all(is_fine(result) for result in results):
        return condition
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        for result in results:
            condition = breaker.after(condition, result, lane.db_now)
        Lane.objects.filter(pk=lane_id).update(**{name: getattr(condition, name) for name in _COLUMNS})
    return condition


def is_fine(result: Outcome | Finding) -> bool:
    """Whether this result leaves a lane that fares well as it is; needs no clock."""
    if isinstance(result, Finding):
        return result is not Finding.LATER
    return not (result.reason.trips or result.reason.concerns_account or result.kind == "unknown")
