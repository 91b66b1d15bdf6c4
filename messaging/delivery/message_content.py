"""What is sent, and what is asked about: read from the rows of claimed messages, on plain values.

Rows are read without opening what is encrypted in them: one that no key opens must not stop the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast

from messaging.channels.base import Channel, OutgoingMessage, Question
from messaging.models import Attempt, Message
from messaging.provider_templates.catalogue import Book, Filled, facts_of
from messaging.recipients import contacts, followers, subscriptions
from messaging.texts import templates
from tenants.crypto import CannotDecrypt, decrypt


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
        wrote = followers.wrote_from({due.follower_id for due in taken if due.follower_id is not None})
        book = self._book(taken)
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
                        book.filled(due.intent, facts_of(decrypt(due.cipher_facts))) if book else Filled()
                    )
                    yield (
                        due.pk,
                        self._outgoing(due, address, heard_ago, "" if by_phone else phone, filled),
                    )
            except CannotDecrypt:
                continue

    def _addresses(self, taken: Sequence[Due]) -> dict[int, subscriptions.Reader]:
        """Where each message goes over a channel with addresses of its own, by message. What people say at a desk
        is the contact's; a reader who spoke to the account is told what they are linked to, and no more."""
        if self.channel.typed_at_desk:
            people = {due.contact_id for due in taken if due.contact_id is not None}
            said = contacts.addresses(people, self.channel.address_kind)
            return {due.pk: (said[due.contact_id], None) for due in taken if due.contact_id in said}
        readers = subscriptions.readers({due.subject for due in taken}, self.channel.code, self.account)
        where = {due.pk: readers.get((due.subject, due.contact_id)) for due in taken}
        return {pk: reader for pk, reader in where.items() if reader is not None}

    def _book(self, taken: Sequence[Due]) -> Book | None:
        if not self.channel.capabilities.has_templates:
            return None
        return Book(self.channel, self.account, {due.intent for due in taken})

    def _outgoing(
        self,
        due: Due,
        address: str,
        heard_ago: timedelta | None,
        phone: str = "",
        filled: Filled = Filled(),  # noqa: B008 – frozen
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
            ways_done=frozenset(due.ways_done),
            may_cost=self.bulk_may_cost if due.bulk else self.may_cost,
        )
