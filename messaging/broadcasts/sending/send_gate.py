"""The last look at messages of a broadcast before they go out: much may have happened since they were written.

A pause lasts, a lane hangs, a province comes back from a backup. Asked in the transaction that takes them, for many
at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.audience import audiences
from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.broadcasts.sending.routing import Open, Reach
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Channel
from messaging.outbox import fallback
from messaging.outbox.models.messages import RECALLED, Message
from tenants import clock

# Longer than any pause lasts.
HELD_FOR = timedelta(days=365)


def keep_back(channel: Channel, account: str, ids: Sequence[int]) -> set[int]:
    """Of these unsent messages, locked, those that do not go out now: of a broadcast that is paused they wait, of one
    that is over, or to who may be written to no more, they end with why."""
    rows = list(_rows(ids))
    paused = [pk for pk, state, *_rest in rows if state == Publication.State.PAUSED]
    Message.objects.filter(pk__in=paused).update(
        next_attempt_at=Now() + HELD_FOR, expires_at=Now() + HELD_FOR
    )
    ended = {
        pk: why
        for pk, state, withdrawn_at, until, *_rest in rows
        if (why := _why_over(state, withdrawn_at, until))
    }
    open_ones = [pk for pk, *_rest in rows if pk not in ended and pk not in paused]
    ended |= _over(open_ones)
    by_reader = {(code, follower): pk for pk, *_rest, code, follower in rows if follower and pk not in ended}
    ended |= _past(channel, account, by_reader)
    if ended:
        for message in Message.objects.defer("button_url", "facts").filter(pk__in=ended).order_by("pk"):
            fallback.suppress(message, ended[message.pk])
    return {*paused, *ended}


def why_over(publication: Publication) -> str:
    """Why nobody is to be told any more, in a Vietnamese sentence; "" while it is news."""
    return _why_over(publication.state, publication.withdrawn_at, publication.publish_until)


def _over(ids: Sequence[int]) -> dict[int, str]:
    """Those of these messages whose matter is over, with why."""
    rows = PublicationRecipient.objects.filter(message__in=ids).exclude(matter="")
    why = str(PublicationRecipient.Why.CLOSED.label)
    return {row.message_id: why for row in audiences.over(rows) if row.message_id}


def _rows(ids: Sequence[int]) -> Any:
    mine = PublicationRecipient.objects.filter(message__in=ids)
    return mine.values_list(
        "message", "publication__state", "publication__withdrawn_at",
        "publication__publish_until", "audience", "follower",
    )  # fmt: skip


def _why_over(state: str, withdrawn_at: datetime | None, until: datetime | None) -> str:
    if withdrawn_at:
        return _("Thông báo đã được rút lại.")
    if until is not None and until <= clock.now():
        return _("Thông báo đã hết thời gian đăng.")
    return str(RECALLED) if state == Publication.State.STOPPED else ""


def _past(channel: Channel, account: str, by_reader: dict[tuple[str, int], int]) -> dict[int, str]:
    if not by_reader:
        return {}
    reach = Reach([Open(channel, account_of(channel.code, account), None)])
    found: dict[int, str] = {}
    for code in {code for code, _follower in by_reader} & set(audiences.codes()):
        followers = [follower for asked, follower in by_reader if asked == code]
        past = audiences.get(code).past(followers, timedelta(0), reach)
        found |= {by_reader[code, follower]: str(why.label) for follower, why in past.items()}
    return found
