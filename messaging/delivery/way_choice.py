"""Which messages of one claim may be sent although some ways of their lane rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from messaging.accounts.channel_accounts import account_of
from messaging.channels.base import Account, Channel, OutgoingMessage
from messaging.channels.capabilities import PricesWays
from messaging.delivery.message_content import Due, Reader
from messaging.lanes import retry_policy
from messaging.models import Lane, Message, WayRest
from messaging.models.message_states import UNSENT, State

# So many due messages are looked through at once for some that another way carries.
LOOKED_THROUGH = 200
# A trial is over with the channel's own time-out; a process that died in it holds up the others no longer.
TRIAL_MARGIN = timedelta(seconds=5)


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
    open: list[Due] = field(default_factory=list)
    trials: dict[int, str] = field(default_factory=dict)
    _contents: dict[int, OutgoingMessage] = field(default_factory=dict)

    def put_off(self, taken: Sequence[Due], reader: Reader) -> list[tuple[Due, str]]:
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

    def begin(self, taken: Sequence[Due]) -> dict[int, OutgoingMessage]:
        """What is sent for these, which are to be sent now; a trial among them is noted."""
        for due in taken:
            if way := self.trials.get(due.pk):
                WayRest.objects.filter(pk=self.rows[way].pk).update(trial_until=self.trial_ends)
        return {due.pk: self._contents[due.pk] for due in taken if due.pk in self._contents}

    def _moment(self, way: str, due: Due) -> datetime:
        patient_until = due.not_before + retry_policy.PATIENCE + timedelta(seconds=1)
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
