"""The front door of this room: write a message in the same transaction as the act it tells about.

A committed act and its messages stand or fall together. Everything after that - hints, queues, workers -
may be lost: the row is the truth and the sweeper finds it.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from messaging.contacts import DOSSIER_STATUS, channel_for, contact_for, grant, withdraw
from messaging.lanes import ensure_lane
from messaging.models import Attempt, Contact, Lane, Message
from messaging.states import RECALLED, State
from messaging.templates import Rendered
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.context import current_province

log = logging.getLogger(__name__)

# After a failed hint none is tried for this long, so that a broker that is down does not slow each act.
HINTS_REST_SECONDS = 10.0
TOLD = frozenset({State.SENDING, State.UNKNOWN, State.ACCEPTED, State.DELIVERED, State.SEEN})
_hints_rest_until = 0.0


class NotInTransaction(RuntimeError):
    """A message outside the transaction of its act could be lost or could tell of what never happened."""


def write(
    *,
    subject: str,
    event: str | int,
    intent: str,
    contact: Contact,
    rendered: Rendered,
    rows: Sequence[tuple[str, str]] = (),
    button_url: str = "",
    hold_seconds: int = 0,
    purpose: str = DOSSIER_STATUS,
    channels: Sequence[str] | None = None,
) -> Message | None:
    """Write the one message about `event` of `subject` to `contact`, to be sent after `hold_seconds`.

    Part of the caller's transaction; raises NotInTransaction outside one. The channel is the first of
    MESSAGING_CHANNELS that the contact agreed to for `purpose`; None when there is none. `channels` narrows
    them to those agreed to for this subject. Writing the same
    (subject, event, contact, intent) again changes nothing and returns the message that exists.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("Tin phải được ghi trong cùng giao dịch với việc mà nó báo.")
    open_to = [code for code in settings.MESSAGING_CHANNELS if channels is None or code in channels]
    channel = channel_for(contact, purpose, open_to)
    if channel is None:
        return None
    lane, _made = ensure_lane(channel)
    hold = timedelta(seconds=hold_seconds)
    message, created = Message.objects.get_or_create(
        key=_key(subject, str(event), str(contact.pk), intent),
        defaults={
            "subject": subject,
            "event": str(event),
            "intent": intent,
            "purpose": purpose,
            "lane": lane,
            "contact": contact,
            "title": rendered.title,
            "body": rendered.body,
            "rows": [list(row) for row in rows],
            "button_label": rendered.button,
            "button_url": button_url,
            "not_before": Now() + hold,
            "next_attempt_at": Now() + hold,
        },
    )
    if created:
        # The statement that wrote the row gave all three the same moment; only this one came back.
        message.not_before = message.next_attempt_at = message.created_at + hold
        if not hold:
            wake(lane)
    return message


def held(subject: str) -> list[Message]:
    """Messages about `subject` that still wait for the end of their hold, oldest first."""
    waiting = Message.objects.filter(subject=subject, state=State.QUEUED, not_before__gt=Now())
    return list(waiting.order_by("pk"))


def recall(subject: str, event: str | int) -> bool:
    """Keep back what is not sent yet about this act; whether anything about it may have been read already.

    Part of the caller's transaction, whose locks keep a relay away from what is kept back.
    """
    found = list(Message.objects.select_for_update().filter(subject=subject, event=str(event)))
    unsent = [
        message.pk for message in found if message.state in (State.QUEUED, State.DEFERRED, State.FAILED)
    ]
    # One that a relay holds now, or whose fate is unknown, must not be tried again either: see `claims`.
    Message.objects.filter(pk__in=[message.pk for message in found]).update(recalled_at=Now())
    Message.objects.filter(pk__in=unsent).update(state=State.SUPPRESSED, finished_at=Now(), problem=RECALLED)
    uncertain = Attempt.objects.filter(
        message_id__in=unsent, outcome__in=[Attempt.Outcome.UNKNOWN, Attempt.Outcome.LAPSED]
    )
    return any(message.pk not in unsent for message in found if message.state in TOLD) or uncertain.exists()


def send_again(message: Message, actor: User) -> bool:
    """Put a failed message back into its lane, with a new 24 hours; False if it has not failed."""
    with transaction.atomic():
        again = Message.objects.filter(pk=message.pk, state=State.FAILED).update(
            state=State.QUEUED, not_before=Now(), next_attempt_at=Now(), finished_at=None, problem=""
        )
        if again:
            audit.record("message.send_again", message.subject, actor=actor, message=message.pk)
            wake(message.lane)
    return bool(again)


def wake(lane: Lane) -> None:
    """After commit, hint to a worker that this lane has something to send. Best effort, quick."""
    transaction.on_commit(partial(_hint, current_province().slug, lane.pk), robust=True)


def _hint(slug: str, lane_id: int) -> None:
    global _hints_rest_until
    from messaging import tasks

    if time.monotonic() < _hints_rest_until:
        return
    try:
        tasks.run_lane.delay(slug, lane_id)
    except Exception as error:
        _hints_rest_until = time.monotonic() + HINTS_REST_SECONDS
        log.warning(
            "no hint for lane %s of %s: %s; the sweeper will find it", lane_id, slug, type(error).__name__
        )


def _key(*parts: str) -> str:
    """SHA-256 over the parts, each with its length, so that no two lists of parts read the same."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = [
    "DOSSIER_STATUS",
    "NotInTransaction",
    "contact_for",
    "grant",
    "held",
    "recall",
    "send_again",
    "wake",
    "withdraw",
    "write",
]
