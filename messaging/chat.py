"""The conversation with those who write to an account: each text is shown to the rooms until one takes it.

What somebody wrote is a row; a text that was taken has at most one answer, written in the transaction of the act
that it tells about and sent through the lane like any message. So a process may die anywhere and the text is
simply shown again.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast, Now

from messaging import outbox, retries
from messaging.models import HeardMessage, Lane, Message
from tenants.crypto import CannotDecrypt, decrypt

log = logging.getLogger(__name__)

PURPOSE = "chat"
INTENT = "chat"
MOST_TRIES = 5
# Longer than a task may live: whoever holds a text when this is over died with it.
LEASE = timedelta(seconds=90)
# An answer that comes later than this answers nothing any more.
WORTH_SENDING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody wrote to an account. `by_hand`: a person of the account is answering them just now."""

    id: int
    channel: str
    account: str
    follower_id: int
    by_hand: bool
    text: str = field(repr=False)


Handler = Callable[[Heard], bool]
"""Takes a text, and says whether it did; then no other is asked. It opens its own transaction, in which it does
what was asked for and writes its `answer`. While a person is answering (`by_hand`) it stays out of everything
that was not plainly said to a machine. It may be shown a text again, of which nothing was done the first time."""

_handlers: list[Handler] = []


def register(handle: Handler) -> None:
    """Show texts to this handler as well, after those that came before; the same one is asked once.

    For rooms above: call it in AppConfig.ready().
    """
    if handle not in _handlers:
        _handlers.append(handle)


def answer(heard: Heard, text: str) -> Message:
    """Write the one answer to this text, to be sent at once, to whoever wrote it and over the same account.

    Part of the caller's transaction; raises outbox.NotInTransaction outside one. Needs no consent: they asked.
    A second answer raises IntegrityError, which undoes what the caller did with it.
    """
    if not connection.in_atomic_block:
        raise outbox.NotInTransaction("Lời đáp phải được ghi trong cùng giao dịch với việc mà nó báo.")
    lane, _made = Lane.objects.get_or_create(channel=heard.channel, account=heard.account)
    message = Message.objects.create(
        key=outbox.key_of(PURPOSE, str(heard.id)),
        subject=f"chat:{heard.id}",
        event="",
        intent=INTENT,
        purpose=PURPOSE,
        lane=lane,
        follower_id=heard.follower_id,
        title="",
        body=text,
        not_before=Now(),
        next_attempt_at=Now(),
        expires_at=Now() + WORTH_SENDING,
    )
    HeardMessage.objects.filter(pk=heard.id).update(answer_due_at=None)
    outbox.wake(lane)
    return message


def work_off(limit: int = 50, *, seconds: float = 5.0) -> int:
    """Show up to `limit` texts of this province to the handlers; how many.

    Safe beside others that do the same. A text over which a handler fails is shown again later and holds up no
    other.
    """
    until = time.monotonic() + seconds
    done = 0
    while done < limit and time.monotonic() < until:
        heard = _claim()
        if heard is None:
            break
        _show(heard)
        done += 1
    return done


def waiting() -> bool:
    """Whether this province has a text to show now."""
    return _due().exists()


def _due() -> QuerySet[HeardMessage]:
    return HeardMessage.objects.filter(answer_due_at__lte=Now())


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    tries: int
    heard: Heard | None
    """None where no key opens what they wrote."""


def _claim() -> _Claimed | None:
    """Take one text. The try counts before it is made, so that a text that kills its worker is given up."""
    with transaction.atomic(durable=True):
        locked = _due().select_for_update(skip_locked=True, of=("self",)).order_by("answer_due_at", "pk")
        row = locked.values_list(
            "pk", "channel", "account", "follower_id", "tries", Cast("text", TextField()),
            F("follower__human_until") - Now(),
        ).first()  # fmt: skip
        if row is None:
            return None
        pk, channel, account, follower_id, tries, cipher, human_for = row
        HeardMessage.objects.filter(pk=pk).update(tries=F("tries") + 1, answer_due_at=Now() + LEASE)
    by_hand = human_for is not None and human_for > timedelta(0)
    try:
        heard = Heard(pk, channel, account, follower_id, by_hand, decrypt(cipher))
    except CannotDecrypt:
        heard = None
    return _Claimed(pk, tries + 1, heard)


def _show(claimed: _Claimed) -> None:
    mine = HeardMessage.objects.filter(pk=claimed.id, tries=claimed.tries)
    try:
        if claimed.heard is not None and claimed.tries <= MOST_TRIES:
            any(handle(claimed.heard) for handle in _handlers)
    except Exception as error:
        log.exception("answering what was heard (%s): %s", claimed.id, type(error).__name__)
        mine.update(answer_due_at=Now() + retries.wait_after(claimed.tries))
        return
    mine.update(answer_due_at=None)
