"""Word of the channel about a message: it arrived, was seen, or could not be delivered.

Receipts come late, twice, in any order, and sometimes before our own note that the channel has the message.
They move a message forward only; one that tells nothing new changes nothing.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import calls, endings, metrics
from messaging.channels.base import Receipt, ReceiptKind
from messaging.models import Attempt, Call, Message
from messaging.states import UNSENT, State, may_follow
from tenants.context import current_province

_ARRIVED = {ReceiptKind.DELIVERED: State.DELIVERED, ReceiptKind.SEEN: State.SEEN}
_GIVEN_UP = (State.FAILED, State.EXPIRED, State.SUPPRESSED)
# Attempts after which the channel may have the message.
_PERHAPS_SENT = (Attempt.Outcome.ACCEPTED, *endings.UNCERTAIN)


class NotYet(Exception):
    """The receipt came before what it is about; it is worth trying again."""


class NoSuchMessage(NotYet):
    """No message has the provider's id. Its acceptance may not be written down yet."""


def apply(channel_code: str, receipt: Receipt) -> bool:
    """Move the message forward as far as this receipt tells; False when it is about no message of this channel.

    Part of the caller's transaction. Raises NotYet when it came too early, and then nothing changed.
    """
    message = _find(channel_code, receipt)
    if message is None:
        if receipt.tracking_id is None:
            raise NoSuchMessage(_("Không tìm thấy tin mà kênh báo."))
        return False
    if receipt.kind in _ARRIVED:
        _arrived(message, channel_code, receipt)
    else:
        _undelivered(message, channel_code, receipt)
    return True


def hold(channel_code: str, receipts: Sequence[Receipt]) -> None:
    """Lock the messages of several receipts in the order in which all others lock them."""
    if len(receipts) < 2:
        return
    named = Q(pk__in=[])
    for receipt in receipts:
        named |= _named(channel_code, receipt)
    list(Message.objects.filter(named).select_for_update(of=("self",)).only("pk").order_by("pk"))


def _named(channel_code: str, receipt: Receipt) -> Q:
    if receipt.tracking_id is not None:
        return Q(tracking_id=receipt.tracking_id)
    return (
        Q(provider_id=receipt.provider_id, lane__channel=channel_code)
        if receipt.provider_id
        else Q(pk__in=[])
    )


def _find(channel_code: str, receipt: Receipt) -> Any:
    """The message, locked; None when this channel was never given it. A channel speaks of its own alone."""
    found: QuerySet[Message] = Message.objects.filter(_named(channel_code, receipt))
    message = (
        found.select_related("lane")
        .select_for_update(of=("self",))
        .defer("button_url", "facts")
        .annotate(db_now=Now())
        .order_by("-pk")
        .first()
    )
    if message is None or message.lane.channel == channel_code:
        return message
    tried = Attempt.objects.filter(message=message, channel=channel_code, kind=Attempt.Kind.SEND)
    return message if tried.exists() else None


def _arrived(message: Any, channel_code: str, receipt: Receipt) -> None:
    state = _ARRIVED[receipt.kind]
    if message.state in _GIVEN_UP:
        _arrived_after_all(message, channel_code, receipt)
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
    Message.objects.filter(pk=message.pk).update(**changes)
    _note(message, channel_code, receipt)
    _reader_knows(message)
    if message.accepted_at is None:
        # The answer of the attempt itself was lost or is still on its way, and will not be counted any more.
        delay = at - message.not_before
        transaction.on_commit(partial(metrics.accepted, current_province().slug, delay), robust=True)


def _standing(message: Any) -> str:
    """The state by which the receipt is judged: one that waits to be tried once more was sent before."""
    return State.SENDING if message.state in UNSENT and message.attempts else str(message.state)


def _arrived_after_all(message: Any, channel_code: str, receipt: Receipt) -> None:
    """It was given up and its reader has it. The end stands, what people do by hand about it need not be done."""
    if message.delivered_at is not None:
        return
    words = _("Kênh báo muộn: tin đã đến người nhận.")
    Message.objects.filter(pk=message.pk).update(
        problem=f"{message.problem} {words}".strip(), delivered_at=message.db_now
    )
    _note(message, channel_code, receipt)
    _reader_knows(message)


def _undelivered(message: Any, channel_code: str, receipt: Receipt) -> None:
    if not _is_about_present_try(message, channel_code, receipt):
        return
    if message.state == State.SENDING:
        # Whoever is sending it writes down first what came of that; the next channel must not start beside it.
        raise NotYet(_("Tin đang được gửi."))
    if message.state not in (State.ACCEPTED, State.UNKNOWN):
        return
    problem = _("Kênh báo tin không đến được người nhận.")
    if receipt.detail:
        problem = _("Kênh báo tin không đến được người nhận: %(detail)s") % {"detail": receipt.detail}
    unsure = _may_have_come_otherwise(message)
    _note(message, channel_code, receipt)
    endings.give_up(message, problem, Call.Reason.UNCERTAIN if unsure else Call.Reason.FAILED)


def _is_about_present_try(message: Any, channel_code: str, receipt: Receipt) -> bool:
    """Whether the message still hangs on what this receipt is about: not on another channel, not on a later try."""
    if message.lane.channel != channel_code:
        return False
    known = message.provider_id
    return not (receipt.provider_id and known and receipt.provider_id != known)


def _may_have_come_otherwise(message: Any) -> bool:
    """Whether another attempt than the one that failed may have reached the reader."""
    sent = Attempt.objects.filter(message=message, kind=Attempt.Kind.SEND, outcome__in=_PERHAPS_SENT)
    return sent.count() > 1


def _note(message: Any, channel_code: str, receipt: Receipt) -> None:
    Attempt.objects.create(
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
    """Nobody need call about it, nor about older news that it replaces."""
    if not Call.objects.filter(subject=message.subject, settled_at__isnull=True).exists():
        return
    calls.reached(message)
    if message.recalled_at is None:
        # News that was taken back replaces nothing.
        calls.overtake(message)
