"""Word of the channel about a message: it arrived, was seen, or could not be delivered.

Receipts come late, twice, in any order, and sometimes before our own note that the channel has the message.
They move a message forward only; one that tells nothing new changes nothing.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.models import Lane
from messaging.channels.states import UNSENT, State
from messaging.outbox import fallback, phone_calls
from messaging.outbox.models.messages import Attempt, Message, may_follow
from messaging.outbox.models.phone_calls import Call
from tenants.isolation.context import current_province
from tenants.web import telemetry

_ARRIVED = {ReceiptKind.DELIVERED: State.DELIVERED, ReceiptKind.SEEN: State.SEEN}
_GIVEN_UP = (State.FAILED, State.EXPIRED, State.SUPPRESSED)
# Attempts after which the channel may have the message.
_PERHAPS_SENT = (Attempt.Outcome.ACCEPTED, *fallback.UNCERTAIN)


class NotYet(Exception):
    """The receipt came before what it is about; it is worth trying again."""


class NoSuchMessage(NotYet):
    """No message has the provider's id. Its acceptance may not be written down yet."""


def apply(channel_code: str, receipts: Sequence[Receipt]) -> list[bool | NotYet]:
    """Move messages forward as far as these receipts tell, in their order. Of each: False when it is about no message of
    this channel; NotYet, where it came too early, and then nothing changed.

    Part of the caller's transaction. The messages are locked in the order in which all others lock them. Costs about
    one statement each, and half a dozen for all.
    """
    known = _Known(channel_code, receipts)
    notes: list[Attempt] = []
    results: list[bool | NotYet] = []
    for receipt in receipts:
        try:
            results.append(_apply(known, receipt, notes))
        except NotYet as early:
            results.append(early)
    Attempt.objects.bulk_create(notes)
    return results


def _named(channel_code: str, receipts: Sequence[Receipt]) -> QuerySet[Message]:
    ours = {one.tracking_id for one in receipts if one.tracking_id is not None}
    theirs = {one.provider_id for one in receipts if one.tracking_id is None and one.provider_id}
    named = Q(tracking_id__in=ours)
    if theirs:
        lanes = Lane.objects.filter(channel=channel_code).values("pk")
        named |= Q(provider_id__in=theirs, lane__in=lanes)
    return Message.objects.filter(named)


class _Known:
    """The messages of some receipts of one channel: read and locked at once, read anew where one was changed."""

    def __init__(self, channel_code: str, receipts: Sequence[Receipt]) -> None:
        self.channel_code = channel_code
        self._ours: dict[UUID, Any] = {}
        self._theirs: dict[str, Any] = {}
        self._to_call: set[str] = set()
        self._stale: set[int] = set()
        self._read(receipts)

    def find(self, receipt: Receipt) -> Any:
        """The message, locked; None when this channel was never given it. A channel speaks of its own alone."""
        message = self._found(receipt)
        if message is not None and message.pk in self._stale:
            self._forget(message.pk)
            self._read([receipt])
            message = self._found(receipt)
        if message is None or message.lane.channel == self.channel_code:
            return message
        tried = Attempt.objects.filter(message=message, channel=self.channel_code, kind=Attempt.Kind.SEND)
        return message if tried.exists() else None

    def is_awaited(self, message: Any) -> bool:
        """Whether staff are to call about the matter of this message."""
        return message.subject in self._to_call

    def changed(self, message: Any, *, calls: bool = False) -> None:
        """It is not what was read any more; `calls`: perhaps staff are to call about it now."""
        self._stale.add(message.pk)
        if calls:
            self._to_call.add(message.subject)

    def is_called(self, provider_id: str, message: Any) -> None:
        self._theirs[provider_id] = message

    def _forget(self, pk: int) -> None:
        self._stale.discard(pk)
        self._ours = {known: row for known, row in self._ours.items() if row.pk != pk}
        self._theirs = {known: row for known, row in self._theirs.items() if row.pk != pk}

    def _found(self, receipt: Receipt) -> Any:
        if receipt.tracking_id is not None:
            return self._ours.get(receipt.tracking_id)
        return self._theirs.get(receipt.provider_id) if receipt.provider_id else None

    def _read(self, receipts: Sequence[Receipt]) -> None:
        rows = (
            _named(self.channel_code, receipts)
            .select_related("lane")
            .select_for_update(of=("self",))
            .defer("button_url", "facts")
            .annotate(db_now=Now())
            .order_by("pk")
        )
        # The newest of one id stands last.
        read: list[Any] = list(rows)
        self._ours |= {row.tracking_id: row for row in read}
        self._theirs |= {row.provider_id: row for row in read if row.lane.channel == self.channel_code}
        # Locked in the order of all others as well: two that tell of the same matters may settle several calls each.
        subjects = {row.subject for row in read}
        open_calls = Call.objects.filter(subject__in=subjects, settled_at__isnull=True).order_by("pk")
        self._to_call |= set(open_calls.select_for_update().values_list("subject", flat=True))


def _apply(known: _Known, receipt: Receipt, notes: list[Attempt]) -> bool:
    message = known.find(receipt)
    if message is None:
        if receipt.tracking_id is None:
            raise NoSuchMessage(_("Không tìm thấy tin mà kênh báo."))
        return False
    if receipt.kind in _ARRIVED:
        _arrived(known, message, receipt, notes)
    else:
        _undelivered(known, message, receipt, notes)
    return True


def _arrived(known: _Known, message: Any, receipt: Receipt, notes: list[Attempt]) -> None:
    state = _ARRIVED[receipt.kind]
    if message.state in _GIVEN_UP:
        _arrived_after_all(known, message, receipt, notes)
        return
    if not may_follow(_standing(message), state):
        return
    at = message.db_now
    changes: dict[str, Any] = {
        "state": state,
        "accepted_at": message.accepted_at or at,
        "delivered_at": message.delivered_at or at,
        "finished_at": message.finished_at or at,
        "lease_until": None,
        "problem": "",
    }
    if state == State.SEEN:
        changes["seen_at"] = at
    if receipt.provider_id and not message.provider_id:
        changes["provider_id"] = receipt.provider_id[:100]
        known.is_called(receipt.provider_id, message)
    Message.objects.filter(pk=message.pk).update(**changes)
    known.changed(message)
    notes.append(_note(message, known.channel_code, receipt))
    if known.is_awaited(message):
        _reader_knows(message)
    if message.accepted_at is None:
        # The answer of the attempt itself was lost or is still on its way, and will not be counted any more.
        delay = at - message.not_before
        transaction.on_commit(partial(telemetry.accepted, current_province().slug, delay), robust=True)


def _standing(message: Any) -> str:
    return State.SENDING if message.state in UNSENT and message.attempts else str(message.state)


def _arrived_after_all(known: _Known, message: Any, receipt: Receipt, notes: list[Attempt]) -> None:
    """It was given up and its reader has it. The end stands, what people do by hand about it need not be done."""
    if message.delivered_at is not None:
        return
    words = _("Kênh báo muộn: tin đã đến người nhận.")
    Message.objects.filter(pk=message.pk).update(
        problem=f"{message.problem} {words}".strip(), delivered_at=message.db_now
    )
    known.changed(message)
    notes.append(_note(message, known.channel_code, receipt))
    if known.is_awaited(message):
        _reader_knows(message)


def _undelivered(known: _Known, message: Any, receipt: Receipt, notes: list[Attempt]) -> None:
    if not _is_about_present_try(message, known.channel_code, receipt):
        return
    if message.state == State.SENDING:
        # The process that is sending it records the result first; the next channel must not start beside it.
        raise NotYet(_("Tin đang được gửi."))
    if message.state not in (State.ACCEPTED, State.UNKNOWN):
        return
    problem = _("Kênh báo tin không đến được người nhận.")
    if receipt.detail:
        problem = _("Kênh báo tin không đến được người nhận: %(detail)s") % {"detail": receipt.detail}
    unsure = _may_have_come_otherwise(message)
    notes.append(_note(message, known.channel_code, receipt))
    fallback.give_up(message, problem, Call.Reason.UNCERTAIN if unsure else Call.Reason.FAILED)
    known.changed(message, calls=True)


def _is_about_present_try(message: Any, channel_code: str, receipt: Receipt) -> bool:
    if message.lane.channel != channel_code:
        return False
    known = message.provider_id
    return not (receipt.provider_id and known and receipt.provider_id != known)


def _may_have_come_otherwise(message: Any) -> bool:
    sent = Attempt.objects.filter(message=message, kind=Attempt.Kind.SEND, outcome__in=_PERHAPS_SENT)
    return sent.count() > 1


def _note(message: Any, channel_code: str, receipt: Receipt) -> Attempt:
    return Attempt(
        message_id=message.pk,
        number=message.attempts,
        channel=channel_code,
        kind=Attempt.Kind.RECEIPT,
        ended_at=message.db_now,
        outcome=receipt.kind.value,
        code=receipt.code[:40],
        detail=receipt.detail[:500],
    )


def _reader_knows(message: Any) -> None:
    phone_calls.close_as_reached(message)
    if message.recalled_at is None:
        # News that was taken back replaces nothing.
        phone_calls.close_superseded(message)
