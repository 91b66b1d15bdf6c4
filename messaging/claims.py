"""Taking messages out of a lane: under a lease, in short transactions, never while talking to a provider."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import templates
from messaging.channels.base import Capabilities, Channel, OutgoingMessage
from messaging.models import Attempt, Message
from messaging.states import RECALLED, State
from tenants.crypto import CannotDecrypt


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed message. `attempt` is the fencing token: whoever settles must still hold this number.

    `ask`: it may have been sent before, so the channel is asked first. `outgoing` is None when the row
    cannot be read, which no other try will change.
    """

    message_id: int
    tracking_id: UUID
    attempt: int
    started_at: datetime
    ask: bool
    outgoing: OutgoingMessage | None


def mark_lapsed(lane_id: int) -> int:
    """Messages whose sender died in the middle become *unknown*, to be asked about at once."""
    with transaction.atomic(durable=True):
        lapsed = list(
            Message.objects.filter(lane_id=lane_id, state=State.SENDING, lease_until__lte=Now())
            .select_for_update(skip_locked=True)
            .annotate(db_now=Now())
            .values_list("pk", "attempts", "db_now")
        )
        if lapsed:
            Message.objects.filter(pk__in=[pk for pk, _attempts, _now in lapsed]).update(
                state=State.UNKNOWN, lease_until=None, next_attempt_at=Now()
            )
            Attempt.objects.bulk_create(
                Attempt(message_id=pk, number=number, ended_at=db_now, outcome=Attempt.Outcome.LAPSED)
                for pk, number, db_now in lapsed
            )
    return len(lapsed)


def claim(lane_id: int, channel: Channel, limit: int, lease: timedelta) -> list[Work]:
    """Take up to `limit` due messages of this channel's lane for `lease`; the longest due first.

    A message whose reader withdrew the consent meanwhile is suppressed instead of sent.
    """
    with transaction.atomic(durable=True):
        due = list(
            Message.objects.due()
            .with_consent(channel.code)
            .filter(lane_id=lane_id)
            .exclude(state=State.SENDING)
            .select_for_update(skip_locked=True)
            .annotate(db_now=Now())
            .order_by("next_attempt_at", "pk")
            .values_list("pk", "tracking_id", "attempts", "db_now", "state", "consented", "recalled_at")[
                :limit
            ]
        )
        # An unknown one may have arrived already: what became of it is worth asking in any case.
        recalled = {row[0] for row in due if row[6] and row[4] != State.UNKNOWN}
        unwanted = {row[0] for row in due if not row[5] and row[4] != State.UNKNOWN} - recalled
        taken = [row for row in due if row[0] not in unwanted | recalled]
        Message.objects.filter(pk__in=recalled).update(
            state=State.SUPPRESSED, finished_at=Now(), problem=RECALLED
        )
        Message.objects.filter(pk__in=unwanted).update(
            state=State.SUPPRESSED, finished_at=Now(), problem=_("Người nhận không còn đồng ý nhận tin này.")
        )
        Message.objects.filter(pk__in=[row[0] for row in taken]).update(
            state=State.SENDING,
            attempts=F("attempts") + 1,
            lease_until=Now() + lease,
            next_attempt_at=Now() + lease,
        )
    contents = _contents([row[0] for row in taken], channel.capabilities)
    return [
        Work(pk, tracking_id, attempts + 1, db_now, state == State.UNKNOWN, contents.get(pk))
        for pk, tracking_id, attempts, db_now, state, *_rest in taken
    ]


def _contents(ids: list[int], capabilities: Capabilities) -> dict[int, OutgoingMessage]:
    try:
        return _read(ids, capabilities)
    except CannotDecrypt:
        # One unreadable row must not stop the lane: read them singly and leave out those that fail.
        return dict(_read_singly(ids, capabilities))


def _read_singly(ids: list[int], capabilities: Capabilities) -> Iterable[tuple[int, OutgoingMessage]]:
    for pk in ids:
        try:
            yield from _read([pk], capabilities).items()
        except CannotDecrypt:
            continue


def _read(ids: list[int], capabilities: Capabilities) -> dict[int, OutgoingMessage]:
    messages = Message.objects.filter(pk__in=ids).select_related("contact")
    return {message.pk: _outgoing(message, capabilities) for message in messages}


def _outgoing(message: Message, capabilities: Capabilities) -> OutgoingMessage:
    return OutgoingMessage(
        tracking_id=message.tracking_id,
        number=message.contact.phone,
        name=message.contact.name,
        title=message.title,
        body=templates.for_channel(
            message.body, may_show_phone=capabilities.may_show_phone, limit=capabilities.body_max
        ),
        rows=tuple((str(label), str(value)) for label, value in message.rows),
        button_label=message.button_label,
        button_url=message.button_url,
    )
