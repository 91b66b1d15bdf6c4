"""What people and providers tell an account, item by item: who follows, who wrote, what is allowed now.

Each handler runs in a savepoint of the event's transaction, may run again, and then changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.channels.base import (
    AnsweredByHand,
    Approached,
    ContactKind,
    ErasureAsked,
    MessageIn,
    QuotaChanged,
    Rated,
    TemplateChanged,
)
from messaging.conversations import conversation, media
from messaging.conversations.stop_words import Meaning, meaning
from messaging.inbound import dispatch, erasure, flood_control
from messaging.inbound.dispatch import Source
from messaging.models import ChannelAccount, HeardMessage, Rating
from messaging.provider_templates import catalogue
from messaging.recipients import contacts, followers, subscriptions
from messaging.recipients.followers import Place
from tenants.crypto import encrypt

# Who began to follow, or sent a picture, longer ago than this is not answered any more.
WORTH_GREETING = timedelta(hours=1)
# As much as the column holds: a larger number says "without limit".
MOST_A_DAY = 2**31 - 1


def register() -> None:
    """Let callbacks be dealt with; called once, when Django is ready."""
    for kind, handle in _HANDLERS.items():
        dispatch.register(kind, handle)


def message_in(source: Source, item: MessageIn) -> bool:
    """They wrote: the account may answer for a while. A word to stop ends what was agreed to over this channel."""
    stops = meaning(item.text) is Meaning.STOP
    if stops:
        _hold_linked(source, item.address)
    follower = _follower(source, item.address, item.app_address)
    if follower is None:
        return False
    reported_at = item.reported_at or source.received_at
    followers.heard(follower, reported_at)
    new = _is_new(source, item, follower, reported_at)
    if new and not item.text.strip() and reported_at > follower.db_now - WORTH_GREETING:
        media.tell(follower, item.provider_id)
    if new and stops:
        contacts.opt_out(source.channel, item.address, _("nhắn từ chối nhận tin"))
        followers.stops(follower)
    return True


def approached(source: Source, item: Approached) -> bool:
    """They follow, left, or gave another sign of life. Who follows just now is greeted."""
    follower = _follower(source, item.address, item.app_address)
    if follower is None:
        return False
    reported_at = item.reported_at or source.received_at
    if item.kind is not ContactKind.HEARD:
        followers.follows(follower, reported_at, yes=item.kind is ContactKind.FOLLOWED)
    if item.kind is not ContactKind.UNFOLLOWED:
        followers.heard(follower, reported_at)
    if item.kind is ContactKind.FOLLOWED and reported_at > follower.db_now - WORTH_GREETING:
        conversation.greet(follower)
    return True


def erasure_asked(source: Source, item: ErasureAsked) -> bool:
    """They want the connection forgotten."""
    _hold_linked(source, item.address)
    address = _written(source, item.address)
    follower = followers.find(_place(source), address) if address else None
    if follower is None:
        return False
    followers.erase(follower)
    erasure.blank([address])
    erasure.end_waiting([address], but=source.event)
    return True


def answered_by_hand(source: Source, item: AnsweredByHand) -> bool:
    """A person is answering."""
    follower = _follower(source, item.address)
    if follower is None:
        return False
    followers.answered_by_hand(follower, item.reported_at or source.received_at)
    return True


def rated(source: Source, item: Rated) -> bool:
    """An opinion, kept without a name."""
    if not 1 <= item.rating <= 5:
        return False
    Rating.objects.get_or_create(
        event=source.event,
        tracking_id=item.tracking_id,
        defaults={
            "channel": source.channel,
            "account": source.account,
            "rating": item.rating,
            "note": contacts.without_numbers(item.note),
        },
    )
    return True


def template_changed(source: Source, item: TemplateChanged) -> bool:
    """The provider thinks something else of a form."""
    return catalogue.apply_report(
        source.channel, source.account, item.code, state=item.state, quality=item.quality, cause=item.cause,
        reported_at=item.reported_at or source.received_at,
    )  # fmt: skip


def quota_changed(source: Source, item: QuotaChanged) -> bool:
    """The account may send so many a day from now on."""
    mine = ChannelAccount.objects.filter(channel=source.channel, name=source.account)
    row = mine.select_for_update().first()
    if row is None:
        return False
    at = item.reported_at or source.received_at
    if row.quota_told_at is None or at >= row.quota_told_at:
        mine.update(daily_quota=min(max(item.daily, 0), MOST_A_DAY), quota_told_at=at)
    return True


_HANDLERS: dict[type, Any] = {
    MessageIn: message_in,
    Approached: approached,
    ErasureAsked: erasure_asked,
    AnsweredByHand: answered_by_hand,
    Rated: rated,
    TemplateChanged: template_changed,
    QuotaChanged: quota_changed,
}


# By hand: Django would look, save, insert and release to say the same.
_HEARD = """
INSERT INTO messaging_heardmessage
    (channel, account, provider_id, follower_id, text, told_at, answer_due_at, tries, answered_as)
VALUES (%s, %s, %s, %s, %s, %s, CASE WHEN %s THEN statement_timestamp() END, 0, '')
ON CONFLICT (channel, account, provider_id) DO NOTHING RETURNING id
"""


def _is_new(source: Source, item: MessageIn, follower: Any, reported_at: datetime) -> bool:
    """Whether this was not told before; written down either way."""
    if not item.provider_id:
        return True
    text = encrypt(item.text) if item.text else ""
    asks = bool(item.text.strip())
    row = [source.channel, source.account, item.provider_id[:100], follower.pk, text, reported_at, asks]
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, row)
        made = cursor.fetchone()
    if made and asks and not flood_control.admits(follower):
        HeardMessage.objects.filter(pk=made[0]).update(answer_due_at=None)
    return made is not None


def _hold_linked(source: Source, address: str) -> None:
    """Two who read about one number may end its consents at once: each would wait for the other."""
    subscriptions.hold_readers(subscriptions.contacts_at(source.channel, _written(source, address)))


def _follower(source: Source, address: str, app_address: str = "") -> Any:
    written = _written(source, address)
    return followers.known(_place(source), written, app_address) if written else None


def _written(source: Source, address: str) -> str:
    """As the channel writes it; empty when it is no address."""
    try:
        return registry.get(source.channel).normalise(address)
    except ValueError:
        return ""


def _place(source: Source) -> Place:
    return Place(source.channel, source.account)
