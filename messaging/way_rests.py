"""Ways of a lane that rest: a spent quota or money of one way must not hold up what goes by another.

A resting way is passed over. What nothing else could carry is put off until the rest is over, and not counted as
tried; then one message tries the way, and the others wait for what comes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now

from messaging import breaker, events_log, retries
from messaging.accounts import account_of
from messaging.channels.abilities import PricesWays
from messaging.channels.base import Account, Channel, Finding, Outcome, OutcomeKind, OutgoingMessage
from messaging.models import Lane, Message, WayRest
from messaging.states import UNSENT, State

if TYPE_CHECKING:
    from messaging.contents import Due, Reader

# So many due messages are looked through at once for some that another way carries.
LOOKED_THROUGH = 200
# So many are due as soon as a trial is over: to write thousands would hold the lane's row all the while.
RELEASED_AT_ONCE = 1000
# A trial is over with the channel's own time-out; a process that died in it holds up the others no longer.
TRIAL_MARGIN = timedelta(seconds=5)

_COLUMNS = ("rests", "rests_until", "trouble", "trouble_since")


@dataclass(slots=True)
class Choice:
    """Which of the due messages of one claim may be sent although some ways rest."""

    channel: PricesWays
    account: Account
    now: datetime
    trial_ends: datetime
    # Until when each way rests, and of which ways one message may find out whether they are open again.
    until: dict[str, datetime]
    rows: dict[str, WayRest]
    to_try: set[str]
    open: "list[Due]" = field(default_factory=list)
    trials: dict[int, str] = field(default_factory=dict)
    _contents: dict[int, OutgoingMessage] = field(default_factory=dict)

    def put_off(self, taken: "Sequence[Due]", reader: "Reader") -> "list[tuple[Due, str]]":
        """Sort these into `open` and those that wait, which are given back with the trouble of the way they wait for.

        Part of the claim's transaction. One with another channel is looked at again when its patience ends.
        """
        contents = reader.outgoing(taken)
        waiting: list[tuple[Due, str]] = []
        until: dict[tuple[str, datetime], list[int]] = {}
        self.open = []
        for due in taken:
            message = contents.get(due.pk)
            if message is not None and due.state != State.UNKNOWN:
                message = replace(message, ways_resting=frozenset(self.until))
                found = self.channel.way_of(self.account, message)
                if found is None and (way := self._waits_for(message)):
                    waiting.append((due, self.rows[way].trouble))
                    until.setdefault((way, self._moment(way, due)), []).append(due.pk)
                    continue
                if found is not None and found[0] in self.to_try:
                    self._try(found[0], due.pk)
            self.open.append(due)
            if message is not None:
                self._contents[due.pk] = message
        for (way, moment), ids in until.items():
            Message.objects.filter(pk__in=ids, state__in=UNSENT).update(
                next_attempt_at=moment, problem=self.rows[way].trouble
            )
        return waiting

    def begin(self, taken: "Sequence[Due]") -> dict[int, OutgoingMessage]:
        """What is sent for these, which are to be sent now; a trial among them is noted."""
        for due in taken:
            if way := self.trials.get(due.pk):
                WayRest.objects.filter(pk=self.rows[way].pk).update(trial_until=self.trial_ends)
        return {due.pk: self._contents[due.pk] for due in taken if due.pk in self._contents}

    def _moment(self, way: str, due: "Due") -> datetime:
        patient_until = due.not_before + retries.PATIENCE + timedelta(seconds=1)
        waits_less = due.route and patient_until > self.now
        return min(self.until[way], patient_until) if waits_less else self.until[way]

    def _try(self, way: str, message_id: int) -> None:
        self.trials[message_id] = way
        self.to_try.discard(way)
        self.until[way] = self.trial_ends

    def _waits_for(self, message: OutgoingMessage) -> str:
        """The way that would carry it if none rested; "" where no rest is to blame."""
        found = self.channel.way_of(self.account, replace(message, ways_resting=frozenset()))
        return "" if found is None else found[0]


def choice_of(lane: Lane, channel: Channel, now: datetime) -> Choice | None:
    """What this lane's rests allow at the moment `now` of the database; None where its channel has no ways."""
    if not isinstance(channel, PricesWays):
        return None
    rows = {row.way: row for row in WayRest.objects.filter(lane=lane)}
    ends = {way: row.ends_at for way, row in rows.items()}
    return Choice(
        channel,
        account_of(lane.channel, lane.account),
        now,
        now + channel.timeout + TRIAL_MARGIN,
        {way: end for way, end in ends.items() if end > now},
        rows,
        {way for way, end in ends.items() if end <= now},
    )


def note(lane_id: int, told: Sequence[tuple[str, Outcome | Finding]]) -> bool:
    """Let ways rest, or no longer, after these results, each with the way that it was to try ("": none); whether
    any rests from now on."""
    concerned = [
        (trial, result)
        for trial, result in told
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
    condition = breaker.after(breaker.Condition(**known), replace(result, way_rests=False), lane.db_now)
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
    transaction.on_commit(partial(events_log.log, event, **fields), robust=True)


def _release(lane_id: int, moment: datetime, most: int | None = None) -> None:
    """What was put off until this very moment is due now: all of it, or the `most` longest written. Of a trial the
    others come due by themselves, when it would have ended."""
    waiting = Message.objects.filter(lane_id=lane_id, state__in=UNSENT, next_attempt_at=moment)
    if most is not None:
        first = waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True)
        waiting = Message.objects.filter(pk__in=list(first[:most]), state__in=UNSENT)
    waiting.update(next_attempt_at=Now())
