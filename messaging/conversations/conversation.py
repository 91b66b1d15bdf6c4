"""Conversation with the readers of an account: each text is offered to the rooms until one takes it.

A text from a reader is a row. A text that was taken has at most one answer, written in the transaction of the act
that the answer reports, and sent through the lane like any message. So a process may die anywhere and the text is
offered again.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Now
from django.utils import translation

from messaging import templates
from messaging.fair_queue import round_robin
from messaging.lanes import retry_policy, wakeup
from messaging.models import HeardMessage, Lane, Message
from messaging.outbox import enqueue
from tenants.crypto import CannotDecrypt, decrypt
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)

PURPOSE = "chat"
INTENT = "chat"
MOST_TRIES = 5
# Longer than a task may live: whoever holds a text when this is over died with it.
LEASE = timedelta(seconds=90)
# An answer that comes later than this answers nothing any more.
WORTH_SENDING = timedelta(hours=1)
# What was said longer ago than this does not belong to what is said now.
CONTEXT_WINDOW = timedelta(minutes=15)

Kind = HeardMessage.Kind


class HandlerPriority(IntEnum):
    """In which order texts are shown. While a person of the account answers, only what was plainly said to a
    machine is: the first."""

    MACHINE = 0
    SUBJECT = 10
    WORDS = 20
    SEARCH = 30
    REST = 40


class ReaderErased(Exception):
    """Whoever wrote this was forgotten meanwhile, and what they wrote with them."""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What somebody wrote to an account. `by_hand`: a person of the account is answering them just now."""

    id: int
    channel: str
    account: str
    follower_id: int
    by_hand: bool
    text: str = field(repr=False)


Handler = Callable[[IncomingMessage], bool]
"""Takes a text, and says whether it did; then no other is asked. It opens its own transaction, in which it does
what was asked for and writes its `reply`. It may be shown a text again, of which nothing was done the first
time."""

_handlers: list[tuple[HandlerPriority, Handler]] = []
_greeter: Callable[[], str] | None = None


def register(handle: Handler, turn: HandlerPriority = HandlerPriority.MACHINE) -> None:
    """Show texts to this handler as well, when its turn comes; the same one is asked once.

    For rooms above: call it in AppConfig.ready().
    """
    if all(handle != known for _turn, known in _handlers):
        _handlers.append((turn, handle))
        _handlers.sort(key=lambda one: one[0])


def set_greeting(words: Callable[[], str]) -> None:
    """Say this to who begins to follow an account. For a room above: call it in AppConfig.ready()."""
    global _greeter
    _greeter = words


def greet(follower: Any) -> None:
    """Say who we are to somebody who follows the account now; once a day at most. Like `send`."""
    if _greeter is not None:
        send(follower, f"greeting:{follower.pk}:{follower.db_now.date()}", _greeter())


def send(follower: Any, name: str, text: str) -> None:
    """Write to this follower unasked; not while a person answers them, and not when what has this `name` was
    said before. Part of the caller's transaction, in which `followers` locked the follower."""
    by_hand = follower.human_until is not None and follower.human_until > follower.db_now
    if not by_hand and not Message.objects.filter(key=enqueue.key_of(PURPOSE, name)).exists():
        _write(follower.channel, follower.account, follower.pk, name, text)


def reply(
    heard: IncomingMessage, text: str, kind: HeardMessage.Kind, *, label: str = "", url: str = ""
) -> Message:
    """Write the one answer to this text, to be sent at once, to whoever wrote it and over the same account.

    `kind`: what the text was taken for; `label` and `url` are those of a button. Part of the caller's
    transaction; raises outbox.NotInTransaction outside one. Needs no consent: they asked. A second answer raises
    IntegrityError, and one to somebody who was forgotten meanwhile Forgotten, which undo what the caller did with it.
    """
    if not connection.in_atomic_block:
        raise enqueue.NotInTransaction("Lời đáp phải được ghi trong cùng giao dịch với việc mà nó báo.")
    # The text first: its row is then locked, so that nobody who is being forgotten meanwhile is written to.
    if not HeardMessage.objects.filter(pk=heard.id).update(answer_due_at=None, answered_as=kind):
        raise ReaderErased
    return _write(heard.channel, heard.account, heard.follower_id, str(heard.id), text, label, url)


def previous_texts(heard: IncomingMessage, count: int = 3) -> list[str]:
    """The last texts of the same person before this, in the same quarter of an hour; the newest first."""
    earlier = HeardMessage.objects.filter(
        follower_id=heard.follower_id, pk__lt=heard.id, heard_at__gt=Now() - CONTEXT_WINDOW
    )
    found = []
    for cipher in earlier.order_by("-pk").values_list(Cast("text", TextField()), flat=True)[:count]:
        with suppress(CannotDecrypt):
            found.append(decrypt(cipher))
    return found


def process_pending(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Show up to `limit` texts of this province to the handlers, those of its accounts and readers by turns; how
    many.

    Safe beside others that do the same. A text over which a handler fails is shown again later and holds up no
    other.
    """
    until = time.monotonic() + seconds
    done = 0
    for claimed in round_robin(_due, _claim, reader="follower_id"):
        _process(claimed)
        done += 1
        if done >= limit or time.monotonic() >= until:
            break
    return done


def has_pending() -> bool:
    """Whether this province has a text to show now."""
    return _due().exists()


def _write(
    channel: str, account: str, follower_id: int, name: str, text: str, label: str = "", url: str = ""
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
        button_label=label,
        button_url=url,
        not_before=Now(),
        next_attempt_at=Now(),
        expires_at=Now() + WORTH_SENDING,
    )
    wakeup.wake_lane(lane)
    return message


def _due() -> QuerySet[HeardMessage]:
    return HeardMessage.objects.filter(answer_due_at__lte=Now())


# One statement, and by hand, as with callbacks. In the order in which they were written, as there.
_CLAIM = """
UPDATE messaging_heardmessage AS heard
SET tries = heard.tries + 1, answer_due_at = statement_timestamp() + make_interval(secs => %s)
FROM messaging_follower AS follower
WHERE heard.id = (
    SELECT id FROM messaging_heardmessage AS text
    WHERE answer_due_at <= statement_timestamp() AND channel = %s AND account = %s AND follower_id = %s
        AND NOT EXISTS (
            SELECT FROM messaging_heardmessage AS older
            WHERE older.answer_due_at IS NOT NULL AND older.follower_id = text.follower_id AND older.id < text.id
                AND older.tries <= 1)
    ORDER BY answer_due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    AND follower.id = heard.follower_id
RETURNING heard.id, heard.tries, heard.text, coalesce(follower.human_until > statement_timestamp(), false)
"""


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    tries: int
    heard: IncomingMessage | None
    """None where no key opens what they wrote."""


def _claim(channel: str, account: str, follower_id: int) -> _Claimed | None:
    """Take one text. The try counts before it is made, so that a text that kills its worker is given up."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE.total_seconds(), channel, account, follower_id])
        row = cursor.fetchone()
    if row is None:
        return None
    pk, tries, cipher, by_hand = row
    try:
        heard = IncomingMessage(pk, channel, account, follower_id, by_hand, decrypt(cipher))
    except CannotDecrypt:
        heard = None
    return _Claimed(pk, tries, heard)


def _process(claimed: _Claimed) -> None:
    mine = HeardMessage.objects.filter(pk=claimed.id, tries=claimed.tries)
    try:
        if claimed.heard is not None and claimed.tries <= MOST_TRIES:
            _offer(claimed.heard)
    except ReaderErased:
        return
    except Exception as error:
        log.exception("answering what was heard (%s): %s", claimed.id, type(error).__name__)
        mine.update(answer_due_at=Now() + retry_policy.wait_after(claimed.tries))
        return
    # Where an answer was written this is done already, and to write the row again costs as much as to answer.
    mine.filter(answer_due_at__isnull=False).update(answer_due_at=None)


def _offer(heard: IncomingMessage) -> None:
    # Whoever works it off: what citizens are told here is Vietnamese.
    with translation.override(settings.LANGUAGE_CODE):
        any(
            handle(heard)
            for turn, handle in _handlers
            if turn is HandlerPriority.MACHINE or not heard.by_hand
        )


MEDIA_INTENT = "chat_media"
# Who sends several in a row is told once.
BURST = timedelta(minutes=5)
_SUBJECT = "media"


def register_media_reply() -> None:
    """Give the words, which a province may word anew; called once, when Django is ready."""
    templates.register(
        MEDIA_INTENT,
        "Tin thoại, ảnh, tệp trong trò chuyện",
        "Chúng tôi chưa nghe được tin thoại và chưa xem được ảnh, nhãn dán, tệp, vị trí gửi tại đây. Xin ông/bà gõ mã "
        "hồ sơ, hoặc việc cần hỏi.⟦ Cần giúp, xin gọi {dien_thoai}.⟧",
        in_chat_alone=True,
    )


def reply_to_media(follower: Any, provider_id: str) -> None:
    """Say to this follower, who sent something without words, what can be read here; once in a while.

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
