"""Content of outgoing messages and of questions about them, as plain values, and the ways that rest.

Rows are read without opening what is encrypted in them: one that no key opens must not stop the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast

from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, Channel, OutgoingMessage, Question
from messaging.channels.models import Lane, WayRest
from messaging.channels.states import UNSENT, State
from messaging.contacts import contacts, followers
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.provider_templates import AssignedTemplates, FilledTemplate, read_values
from tenants.isolation.crypto import CannotDecrypt, decrypt


class Due(NamedTuple):
    """What claiming needs of a message. What is encrypted stays so until the message is taken."""

    pk: int
    tracking_id: UUID
    state: str
    attempts: int
    not_before: datetime
    expires_at: datetime
    recalled_at: datetime | None
    superseded_by_id: int | None
    can_wait: bool
    bulk: bool
    consented: bool
    refused: bool
    stopped: bool
    subject: str
    contact_id: int | None
    follower_id: int | None
    name: str | None
    cipher_phone: str | None
    reader: str
    title: str
    body: str
    rows: list[list[str]]
    button_label: str
    cipher_url: str
    intent: str
    cipher_facts: str
    ways_done: list[str]
    route: list[str]
    provider_id: str
    sent_at: datetime | None


def rows_of(messages: QuerySet[Message], channel: Channel) -> Iterator[Due]:
    """The rows of these messages, locked, those of this channel's readers."""
    # Only forms of the provider need the values behind the words.
    facts: Any = Cast("facts", TextField()) if channel.capabilities.has_templates else Value("")
    read = messages.annotate(
        name=F("contact__name"),
        cipher_phone=Cast("contact__phone", TextField()),
        cipher_url=Cast("button_url", TextField()),
        cipher_facts=facts,
    )
    return (Due(*row) for row in read.values_list(*Due._fields))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads contents for one lane. `now` is the database's clock; `may_cost`: whether its money is not spent."""

    channel: Channel
    account: str
    now: datetime
    may_cost: bool = True
    bulk_may_cost: bool = True

    def outgoing(self, taken: Sequence[Due]) -> dict[int, OutgoingMessage]:
        """What is sent for each message that can be read."""
        return dict(self._read(taken)) if taken else {}

    def questions(
        self, asked: Sequence[Due], contents: dict[int, OutgoingMessage] | None = None
    ) -> dict[int, Question]:
        """What each of these messages is asked about with."""
        if not asked:
            return {}
        known = self.outgoing(asked) if contents is None else contents
        sent = self._sent([due.pk for due in asked])
        found = {}
        for due in asked:
            way, since = sent.get(due.pk, ("", self.now))
            # Of a reader who was forgotten nothing is left to compare with.
            message = known.get(due.pk) if due.body else None
            found[due.pk] = Question(
                due.tracking_id,
                due.provider_id,
                way,
                message,
                self.now - since,
                self.now - (due.sent_at or since),
            )
        return found

    def _sent(self, ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
        """The way that the last attempt over this channel told, and when the first began."""
        tries = Attempt.objects.filter(
            message_id__in=ids, channel=self.channel.code, kind=Attempt.Kind.SEND
        ).order_by("pk")
        found: dict[int, tuple[str, datetime]] = {}
        for message_id, way, started_at, ended_at in tries.values_list(
            "message_id", "way", "started_at", "ended_at"
        ):
            before, since = found.get(message_id, ("", started_at or ended_at))
            found[message_id] = (way or before, since)
        return found

    def _read(self, taken: Sequence[Due]) -> Iterator[tuple[int, OutgoingMessage]]:
        by_phone = self.channel.address_kind == "phone"
        addresses = {} if by_phone else self._addresses(taken)
        wrote = followers.last_message_ages({due.follower_id for due in taken if due.follower_id is not None})
        book = None
        if self.channel.capabilities.has_templates:
            book = AssignedTemplates(self.channel, self.account, {due.intent for due in taken})
        for due in taken:
            try:
                if due.contact_id is None:
                    if due.follower_id in wrote:
                        yield due.pk, self._outgoing(due, *wrote[due.follower_id])
                    continue
                known = by_phone or self.channel.falls_back_on_phone
                phone = decrypt(due.cipher_phone or "") if known else ""
                address, heard_ago = (phone, None) if by_phone else addresses.get(due.pk, ("", None))
                if address or phone:
                    filled = (
                        book.filled(due.intent, read_values(decrypt(due.cipher_facts)))
                        if book
                        else FilledTemplate()
                    )
                    yield (
                        due.pk,
                        self._outgoing(due, address, heard_ago, "" if by_phone else phone, filled),
                    )
            except CannotDecrypt:
                continue

    def _addresses(self, taken: Sequence[Due]) -> dict[int, followers.Subscriber]:
        """Where each message goes over a channel with addresses of its own, by message. What people say at a desk
        is the contact's; a reader who spoke to the account is told what they are linked to, and no more."""
        if self.channel.typed_at_desk:
            people = {due.contact_id for due in taken if due.contact_id is not None}
            said = contacts.addresses(people, self.channel.address_kind)
            return {due.pk: (said[due.contact_id], None) for due in taken if due.contact_id in said}
        readers = followers.subscribers({due.subject for due in taken}, self.channel.code, self.account)
        where = {due.pk: readers.get((due.subject, due.contact_id)) for due in taken}
        return {pk: reader for pk, reader in where.items() if reader is not None}

    def _outgoing(
        self,
        due: Due,
        address: str,
        heard_ago: timedelta | None,
        phone: str = "",
        filled: FilledTemplate = FilledTemplate(),  # noqa: B008 – frozen
    ) -> OutgoingMessage:
        capabilities = self.channel.capabilities
        return OutgoingMessage(
            tracking_id=due.tracking_id,
            address=address,
            name=due.reader or due.name or "",
            title=due.title,
            body=templates.for_channel(
                due.body, may_show_phone=capabilities.may_show_phone, limit=capabilities.body_max
            ),
            rows=tuple((str(label), str(value)) for label, value in due.rows),
            button_label=due.button_label,
            button_url=decrypt(due.cipher_url),
            phone=phone,
            heard_ago=heard_ago,
            template=filled.form,
            template_problem=filled.problem,
            template_rests=filled.rests,
            ways_done=frozenset(due.ways_done),
            may_cost=self.bulk_may_cost if due.bulk else self.may_cost,
        )


# So many due messages are looked through at once for some that another way carries.
LOOKED_THROUGH = 200
# A trial is over with the channel's own time-out; a process that died in it holds up the others no longer.
TRIAL_MARGIN = timedelta(seconds=5)


@dataclass(slots=True)
class RestingWays:
    """The ways of one lane that rest while one claim looks for what may be sent all the same."""

    channel: Channel
    account: Account
    trial_ends: datetime
    rows: dict[str, WayRest]
    # Until when each way rests, and of which ways one message may find out whether they are open again.
    until: dict[str, datetime]
    to_try: set[str]
    contents: dict[int, OutgoingMessage] = field(default_factory=dict)
    trials: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lane: Lane, channel: Channel, now: datetime) -> "RestingWays":
        """What this lane's rests allow at the moment `now` of the database."""
        rows = {row.way: row for row in WayRest.objects.filter(lane=lane)}
        until = {way: row.ends_at for way, row in rows.items() if row.ends_at > now}
        trial_ends = now + channel.timeout + TRIAL_MARGIN
        return cls(
            channel, account_of(lane.channel, lane.account), trial_ends, rows, until, {*rows} - {*until}
        )

    def put_off(self, taken: Sequence[Due], reader: Reader) -> list[Due]:
        """Those of these that may be sent. The others wait until the way that would carry them rests no more.

        Part of the claim's transaction.
        """
        contents = reader.outgoing(taken)
        open_ones: list[Due] = []
        waiting: dict[str, list[int]] = {}
        for due in taken:
            message = contents.get(due.pk)
            if message is not None and due.state != State.UNKNOWN:
                resting = replace(message, ways_resting=frozenset(self.until))
                way = self.channel.way_of(self.account, resting)
                if not way and (way := self.channel.way_of(self.account, message)):
                    waiting.setdefault(way, []).append(due.pk)
                    continue
                if way in self.to_try:
                    self.trials[due.pk] = way
                    self.to_try.discard(way)
                    self.until[way] = self.trial_ends
                message = resting
            open_ones.append(due)
            if message is not None:
                self.contents[due.pk] = message
        for way, ids in waiting.items():
            Message.objects.filter(pk__in=ids, state__in=UNSENT).update(
                next_attempt_at=self.until[way], problem=self.rows[way].trouble
            )
        return open_ones

    def begin(self, taken: Sequence[Due]) -> dict[int, OutgoingMessage]:
        """What is sent for these, which are to be sent now; a trial among them is noted."""
        for due in taken:
            if way := self.trials.get(due.pk):
                WayRest.objects.filter(pk=self.rows[way].pk).update(trial_until=self.trial_ends)
        return {due.pk: self.contents[due.pk] for due in taken if due.pk in self.contents}
