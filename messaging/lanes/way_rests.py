"""Ways of a lane that rest: a spent quota or money of one way must not hold up what goes by another.

A resting way is passed over. What nothing else could carry is put off until the rest is over, and not counted as
tried; then one message tries the way, and the others wait for what comes of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from messaging import event_log
from messaging.channels.base import Finding, Outcome, OutcomeKind
from messaging.lanes import circuit_breaker
from messaging.models import Lane, Message, WayRest
from messaging.models.messages import UNSENT

# So many are due as soon as a trial is over: to write thousands would hold the lane's row all the while.
RELEASED_AT_ONCE = 1000

_COLUMNS = ("rests", "rests_until", "trouble", "trouble_since")


def note(lane_id: int, results: Sequence[tuple[str, Outcome | Finding]]) -> bool:
    """Let ways rest, or no longer, after these results, each with the way that it was to try ("": none); whether
    any rests from now on."""
    concerned = [
        (trial, result)
        for trial, result in results
        if isinstance(result, Outcome) and (trial or result.way_rests)
    ]
    if not concerned:
        return False
    with transaction.atomic():
        lane: Any = Lane.objects.select_for_update(no_key=True).annotate(db_now=Now()).get(pk=lane_id)
        for trial, result in concerned:
            if result.way_rests:
                _rest(lane, result)
            elif trial == result.way and _shows_open(result):
                _end_trial(lane, trial)
    return any(result.way_rests for _trial, result in concerned)


def end(lane_id: int) -> None:
    """End the rests of all ways of this lane at once: the next message by each of them tries it."""
    rows = list(WayRest.objects.select_for_update().filter(lane_id=lane_id))
    for row in rows:
        _release(lane_id, row.rests_until)
    WayRest.objects.filter(pk__in=[row.pk for row in rows]).update(rests_until=Now(), trial_until=None)


def _rest(lane: Any, result: Outcome) -> None:
    row = WayRest.objects.filter(lane=lane, way=result.way[:20]).first()
    known = {name: getattr(row, name) for name in _COLUMNS} if row else {}
    condition = circuit_breaker.after(
        circuit_breaker.Condition(**known), replace(result, way_rests=False), lane.db_now
    )
    columns = {name: getattr(condition, name) for name in _COLUMNS}
    WayRest.objects.update_or_create(
        lane=lane, way=result.way[:20], defaults={**columns, "trial_until": None}
    )
    if row is not None and row.trial_until is not None:
        # Who waited for the trial waits for the new rest, which the next claim says.
        _release(lane.pk, row.trial_until, RELEASED_AT_ONCE)
    if condition.rests > (row.rests if row else 0):
        _tell("lane.rests", lane=lane.pk, reason=result.reason.value, code=result.code)


def _shows_open(result: Outcome) -> bool:
    """Whether this answer says that the account may use the way again: any that is about the message alone."""
    if result.kind == OutcomeKind.UNKNOWN:
        return False
    reason = result.reason
    return not (reason.trips or reason.concerns_account or reason == "stale")


def _end_trial(lane: Any, way: str) -> None:
    row = WayRest.objects.filter(lane=lane, way=way).first()
    if row is None:
        return
    row.delete()
    if row.trial_until is not None:
        _release(lane.pk, row.trial_until, RELEASED_AT_ONCE)
    _tell("lane.recovers", lane=lane.pk)


def _tell(event: str, **fields: Any) -> None:
    transaction.on_commit(partial(event_log.log, event, **fields), robust=True)


def _release(lane_id: int, moment: datetime, most: int | None = None) -> None:
    """What was put off until this very moment is due now: all of it, or the `most` longest written. Of a trial the
    others come due by themselves, when it would have ended."""
    waiting = Message.objects.filter(lane_id=lane_id, state__in=UNSENT, next_attempt_at=moment)
    if most is not None:
        first = waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True)
        waiting = Message.objects.filter(pk__in=list(first[:most]), state__in=UNSENT)
    waiting.update(next_attempt_at=Now())
