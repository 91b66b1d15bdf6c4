"""How a lane fares, as its row remembers it between the relays that work on it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason
from messaging.lanes import circuit_breaker, way_rests
from messaging.models import Lane

_COLUMNS = ("failures", "rests", "rests_until", "trouble", "trouble_since")


def condition_of(lane: Lane) -> circuit_breaker.Condition:
    """The condition that the lane's row tells."""
    return circuit_breaker.Condition(**{name: getattr(lane, name) for name in _COLUMNS})


def note(
    lane_id: int, condition: circuit_breaker.Condition, results: Sequence[Outcome | Finding]
) -> circuit_breaker.Condition:
    """The condition after these results; written to the lane's row when it changed."""
    if condition == circuit_breaker.Condition() and all(is_fine(result) for result in results):
        return condition
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        for result in results:
            condition = circuit_breaker.after(condition, result, lane.db_now)
        Lane.objects.filter(pk=lane_id).update(**{name: getattr(condition, name) for name in _COLUMNS})
    return condition


def rest_for_account(lane: Lane, trouble: str) -> circuit_breaker.Condition:
    """Let a lane rest because its account is in trouble, which was found out without sending anything."""
    result = Outcome(OutcomeKind.TEMPORARY, detail=trouble, reason=Reason.CREDENTIAL)
    return note(lane.pk, condition_of(lane), [result])


def forget(lane: Lane) -> None:
    """What ailed the lane is over: it works again as if it had fared well."""
    fresh = circuit_breaker.Condition()
    Lane.objects.filter(pk=lane.pk).update(**{name: getattr(fresh, name) for name in _COLUMNS})
    way_rests.end(lane.pk)


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
