"""Conversation with the readers of an account: each text is offered to the handlers (`turns`) until one takes it.

A text from a reader is a row. A text that was taken has at most one answer, written in the transaction of the act
that the answer reports, and sent through the lane like any message. So a process may die anywhere and the text is
offered again.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Coalesce, Now

from messaging.channels.lanes.lanes import wake_lane
from messaging.channels.models import Lane
from messaging.inbound.models import IncomingMessage
from messaging.inbound.postgres_queue import Claimed, PostgresQueue
from messaging.outbox import enqueue
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from tenants.isolation.context import current_province
from tenants.isolation.crypto import CannotDecrypt, decrypt

log = logging.getLogger(__name__)

PURPOSE = "chat"
INTENT = "chat"
MOST_TRIES = 5
# Longer than a task may live: after this time the process that claimed a text is dead.
LEASE = timedelta(seconds=90)
# A later answer is worth nothing any more.
WORTH_SENDING = timedelta(hours=1)
# Older texts do not belong to the present conversation.
CONTEXT_WINDOW = timedelta(minutes=15)
# The texts of one reader are answered in the order in which they were written.
queue = PostgresQueue(
    IncomingMessage._meta.db_table,
    due="answer_due_at",
    reader="follower_id",
    since="heard_at",
    lease=LEASE,
    waits="answer_due_at IS NOT NULL",
    holds="older.tries <= 1",
)

Kind = IncomingMessage.Kind
Button = tuple[str, str]
"""The words on a button, and where it leads."""
NO_BUTTON = ("", "")


class ReaderErased(Exception):
    """The writer of this text was erased meanwhile, and the text as well."""


@dataclass(frozen=True, slots=True)
class IncomingText:
    """A text that a reader wrote to an account. `by_hand`: staff of the account is answering this reader now."""

    id: int
    channel: str
    account: str
    follower_id: int
    by_hand: bool
    text: str = field(repr=False)


def send(follower: Any, name: str, text: str) -> None:
    """Write to this follower unasked; not while staff answers by hand, and only once for each `name`.

    Part of the caller's transaction, in which `followers` locked the follower."""
    by_hand = follower.human_until is not None and follower.human_until > follower.db_now
    if not by_hand and not Message.objects.filter(key=enqueue.key_of(PURPOSE, name)).exists():
        _write(follower.channel, follower.account, follower.pk, name, text)


def say(heard: IncomingText, text: str, kind: IncomingMessage.Kind, button: Button = NO_BUTTON) -> None:
    """`reply` in a transaction of its own, for an answer that reports no act."""
    with transaction.atomic(durable=True):
        reply(heard, text, kind, button)


def reply(heard: IncomingText, text: str, kind: IncomingMessage.Kind, button: Button = NO_BUTTON) -> Message:
    """Write the one answer to this text, to be sent at once, to its writer and over the same account.

    `kind`: what the text was taken for. Part of the transaction of the act that it reports. Needs no consent: the
    reader asked. A second answer raises IntegrityError, and one to a reader erased meanwhile ReaderErased, which undo
    the caller's act.
    """
    # The text first: its row is then locked, so that a reader who is being erased gets no message.
    if not IncomingMessage.objects.filter(pk=heard.id).update(answer_due_at=None, answered_as=kind):
        raise ReaderErased
    return _write(heard.channel, heard.account, heard.follower_id, str(heard.id), text, button)


def previous_texts(heard: IncomingText, count: int = 3) -> list[str]:
    """The last texts of the same person before this, in the same quarter of an hour; the newest first."""
    earlier = IncomingMessage.objects.filter(
        follower_id=heard.follower_id, pk__lt=heard.id, heard_at__gt=Now() - CONTEXT_WINDOW
    )
    found = []
    for cipher in earlier.order_by("-pk").values_list(Cast("text", TextField()), flat=True)[:count]:
        with suppress(CannotDecrypt):
            found.append(decrypt(cipher))
    return found


def _write(
    channel: str, account: str, follower_id: int, name: str, text: str, button: Button = NO_BUTTON
) -> Message:
    lane, _made = Lane.objects.get_or_create(channel=channel, account=account)
    message = Message.objects.create(
        key=enqueue.key_of(PURPOSE, name),
        subject=f"chat:{name}",
        event="",
        intent=INTENT,
        purpose=PURPOSE,
        lane=lane,
        follower_id=follower_id,
        title="",
        body=text,
        button_label=button[0],
        button_url=button[1],
        not_before=Now(),
        next_attempt_at=Now(),
        expires_at=Now() + WORTH_SENDING,
    )
    wake_lane(lane)
    return message


def read_claimed(claimed: Claimed) -> IncomingText | None:
    """The text of a claimed row; None where it was erased meanwhile or no key opens it."""
    by_hand = Coalesce(Q(follower__human_until__gt=Now()), False)
    rows = IncomingMessage.objects.annotate(cipher=Cast("text", TextField()), by_hand=by_hand)
    row = rows.filter(pk=claimed.id).values_list("follower_id", "by_hand", "cipher").first()
    with suppress(CannotDecrypt):
        if row is not None:
            return IncomingText(claimed.id, claimed.channel, claimed.account, *row[:2], decrypt(row[2]))
    return None


MEDIA_INTENT = "chat_media"
# Several in a row get one reply.
BURST = timedelta(minutes=5)
_SUBJECT = "media"


def reply_to_media(follower: Any, provider_id: str) -> None:
    """Tell a follower who sent a picture or a recording that only text is read here; once in a while.

    Part of the caller's transaction, in which the follower is locked.
    """
    recent = Message.objects.filter(
        follower_id=follower.pk, subject__startswith=f"chat:{_SUBJECT}:", created_at__gt=Now() - BURST
    )
    if recent.exists():
        return
    hotline = current_province().hotline
    body = templates.render(MEDIA_INTENT, {"dien_thoai": hotline}).body
    if not hotline:
        body = templates.for_channel(body, may_show_phone=False)
    send(follower, f"{_SUBJECT}:{follower.pk}:{provider_id}"[:100], body)
