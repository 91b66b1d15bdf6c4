"""Handlers of inbound items: follows, messages, permissions, states of templates, quotas, requests for erasure.

Each handler runs in a savepoint of the event's transaction, may run again, and then changes nothing.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from messaging.channels.base import registry
from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    ErasureAsked,
    MessageIn,
    OptOut,
    QuotaChanged,
    Rated,
    TemplateChanged,
)
from messaging.channels.models import ChannelAccount
from messaging.channels.states import UNSENT, State
from messaging.contacts import contacts, followers
from messaging.contacts.followers import KEPT_FOR
from messaging.contacts.models import Follower, Rating, Subscription
from messaging.inbound.chat import conversation
from messaging.inbound.chat.portal import greet
from messaging.inbound.chat.stop_words import Meaning, meaning
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.isolation.crypto import CannotDecrypt, blind_indexes, decrypt, encrypt
from tenants.web import rate_limits
from tenants.web.budgets import PROVINCE, Budget, BudgetSpent, Limit

# Older follows and pictures are not answered any more.
WORTH_GREETING = timedelta(hours=1)
# The most that the column holds: a larger number means "without limit".
MOST_A_DAY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item comes from: a callback `event` of this account, received at this moment of the database."""

    channel: str
    account: str
    event: int
    received_at: datetime


Handler = Callable[[Source, Any], bool]
"""Handles an item, in a savepoint of its own; returns whether it concerned a person or message of this province."""


def handle_message(source: Source, item: MessageIn) -> bool:
    """A message: the account may answer for a while. A stop word ends the consents over this channel."""
    stops = meaning(item.text) is Meaning.STOP
    if stops:
        _lock_linked(source, item.address)
    follower = _follower(source, item.address, item.app_address)
    if follower is None:
        return False
    reported_at = item.reported_at or source.received_at
    followers.record_message(follower, reported_at)
    new = _store_message(source, item, follower, reported_at)
    if new and not item.text.strip() and reported_at > follower.db_now - WORTH_GREETING:
        conversation.reply_to_media(follower, item.provider_id)
    if new and stops:
        contacts.opt_out(source.channel, item.address, _("nhắn từ chối nhận tin"))
    return True


def handle_contact(source: Source, item: Approached) -> bool:
    """A follow, an unfollow, or another sign of life. New followers are greeted."""
    follower = _follower(source, item.address, item.app_address)
    if follower is None:
        return False
    reported_at = item.reported_at or source.received_at
    if item.kind is not ContactKind.HEARD:
        followers.record_follow(follower, reported_at, yes=item.kind is ContactKind.FOLLOWED)
    if item.kind is not ContactKind.UNFOLLOWED:
        followers.record_message(follower, reported_at)
    if item.kind is ContactKind.FOLLOWED and reported_at > follower.db_now - WORTH_GREETING:
        greet(follower)
    return True


def handle_erasure_request(source: Source, item: ErasureAsked) -> bool:
    _lock_linked(source, item.address)
    address = _normalised(source, item.address)
    follower = followers.find(source.channel, source.account, address) if address else None
    if follower is None:
        return False
    erase(follower)
    blank_events([address])
    cancel_pending([address], but=source.event)
    return True


def handle_staff_reply(source: Source, item: AnsweredByHand) -> bool:
    follower = _follower(source, item.address)
    if follower is None:
        return False
    followers.record_staff_reply(follower, item.reported_at or source.received_at)
    return True


def handle_rating(source: Source, item: Rated) -> bool:
    """A rating, stored without a name."""
    if not 1 <= item.rating <= 5:
        return False
    Rating.objects.get_or_create(
        event=source.event,
        tracking_id=item.tracking_id,
        defaults={
            "channel": source.channel,
            "account": source.account,
            "rating": item.rating,
            "note": contacts.mask_numbers(item.note),
        },
    )
    return True


def handle_template_change(source: Source, item: TemplateChanged) -> bool:
    """A new state or quality of a template at the provider."""
    return provider_templates.apply_report(
        source.channel, source.account, item.code, state=item.state, quality=item.quality, cause=item.cause,
        reported_at=item.reported_at or source.received_at,
    )  # fmt: skip


def handle_quota_change(source: Source, item: QuotaChanged) -> bool:
    mine = ChannelAccount.objects.filter(channel=source.channel, name=source.account)
    row = mine.select_for_update().first()
    if row is None:
        return False
    at = item.reported_at or source.received_at
    if row.quota_reported_at is None or at >= row.quota_reported_at:
        mine.update(daily_quota=min(max(item.daily, 0), MOST_A_DAY), quota_reported_at=at)
    return True


HANDLERS: dict[type, Handler] = {
    MessageIn: handle_message,
    Approached: handle_contact,
    ErasureAsked: handle_erasure_request,
    AnsweredByHand: handle_staff_reply,
    Rated: handle_rating,
    TemplateChanged: handle_template_change,
    QuotaChanged: handle_quota_change,
    OptOut: lambda source, item: bool(contacts.opt_out(source.channel, item.address, item.how)),
}

# By hand: the ORM would need a query, a savepoint, an insert and a release.
_INSERT_MESSAGE = """
INSERT INTO inbound_incomingmessage
    (channel, account, provider_id, follower_id, text, written_at, answer_due_at, tries, answered_as)
VALUES (%s, %s, %s, %s, %s, %s, CASE WHEN %s THEN statement_timestamp() END, 0, '')
ON CONFLICT (channel, account, provider_id) DO NOTHING RETURNING id
"""


def _store_message(source: Source, item: MessageIn, follower: Any, reported_at: datetime) -> bool:
    if not item.provider_id:
        return True
    text = encrypt(item.text) if item.text else ""
    asks = bool(item.text.strip())
    row = [source.channel, source.account, item.provider_id[:100], follower.pk, text, reported_at, asks]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MESSAGE, row)
        made = cursor.fetchone()
    if made and asks and not admit(follower):
        IncomingMessage.objects.filter(pk=made[0]).update(answer_due_at=None)
    return made is not None


def _lock_linked(source: Source, address: str) -> None:
    """Lock readers first: two readers of one number may end its consents at once and would deadlock."""
    followers.lock_subscribers(followers.contacts_at(source.channel, _normalised(source, address)))


def _follower(source: Source, address: str, app_address: str = "") -> Any:
    written = _normalised(source, address)
    if not written:
        return None
    return followers.get_or_create(source.channel, source.account, written, app_address)


def _normalised(source: Source, address: str) -> str:
    try:
        return registry.get(source.channel).normalise(address)
    except ValueError:
        return ""


# Of a reader more than a person with a question types. Providers count the calls of all provinces together.
ANSWERS = Budget("chat", "", Limit("reader", 40), Limit("account", 1500, 60), Limit(PROVINCE, 2000, 60))


def admit(follower: Any) -> bool:
    """Whether one more text of this follower is to be answered. Beyond the limit of a reader one notice is sent. Part of the caller's transaction, in which the follower is locked."""
    try:
        ANSWERS.take(reader=follower.pk, account=f"{follower.channel}:{follower.account}")
    except BudgetSpent as spent:
        if spent.scope == "reader":
            _send_flood_notice(follower)
        return False
    return True


def _send_flood_notice(follower: Any) -> None:
    """Texts to citizens are Vietnamese."""
    if rate_limits.take({f"chat:told:{follower.pk}": 1}):
        hotline = current_province().hotline
        text = "Ông/bà nhắn nhiều tin quá, chúng tôi chưa đọc kịp. Xin đợi 15 phút rồi nhắn tiếp."
        more = f" Cần gấp, xin gọi {hotline}." if hotline else ""
        conversation.send(follower, f"flood:{follower.pk}:{follower.db_now:%Y%m%d%H%M}", text + more)


def blank_events(traces: Collection[str]) -> int:
    """Blank processed events that hold any of these traces; how many."""
    folded = [trace.casefold() for trace in traces if trace]
    processed = decrypted(WebhookEvent.objects.exclude(state=WebhookEvent.State.NEW), "raw")
    holding = [pk for pk, raw in processed if any(trace in raw.casefold() for trace in folded)]
    return WebhookEvent.objects.filter(pk__in=holding).update(raw="", problem="")


def cancel_pending(addresses: Collection[str], *, but: int = 0) -> int:
    """Cancel pending events of readers at these addresses, so that no erased reader is created again; how many.

    `but`: the event that is being processed. Part of the caller's transaction."""
    signs = {sign for address in addresses for sign in reader_keys(address)}
    waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW, reader__in=signs).exclude(pk=but)
    # A process that handles one holds it, and may wait for our locks: then it counts as received afterwards.
    free = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return WebhookEvent.objects.filter(pk__in=free).update(
        state=WebhookEvent.State.IGNORED, raw="", reader="", problem="", handled_at=Now()
    )


def decrypted(rows: "QuerySet[Call] | QuerySet[WebhookEvent]", column: str) -> Iterator[tuple[int, str]]:
    """An encrypted column of each row in plain text; rows that no key opens are left out."""
    stored = rows.annotate(stored=Cast(column, TextField())).exclude(stored="")
    for pk, cipher in stored.values_list("pk", "stored").iterator(chunk_size=500):
        try:
            yield pk, decrypt(cipher)
        except CannotDecrypt:
            continue


def erase(follower: Any) -> None:
    """Erase this reader: messages, links, addresses. The row stays for the counts.

    Consents on which the links depended end and stay as proof: without them nothing is sent to the telephone number
    either.
    """
    contacts.opt_out(follower.channel, follower.address, _("người đọc yêu cầu xóa liên kết"))
    blank([follower])
    audit.record("follower.erase", f"follower:{follower.pk}", channel=follower.channel)


def blank(readers: Collection[Follower]) -> None:
    for pk in (reader.pk for reader in readers):
        IncomingMessage.objects.filter(follower_id=pk).delete()
        Subscription.objects.filter(follower_id=pk).delete()
        answers = Message.objects.filter(follower_id=pk)
        answers.filter(state__in=UNSENT).update(state=State.SUPPRESSED, finished_at=Now())
        answers.update(title="", body="", rows=[], button_url="", provider_id="")
        # Unique, and no address's digest.
        Follower.objects.filter(pk=pk).update(
            address="", address_index=f"erased:{pk}", app_address="", app_address_index="",
            state=Follower.State.ERASED,
        )  # fmt: skip


def purge_messages(older_than: timedelta = KEPT_FOR) -> int:
    """Delete messages older than this: they hold personal data. How many."""
    return IncomingMessage.objects.filter(heard_at__lt=Now() - older_than).delete()[0]


def reader_keys(address: str) -> list[str]:
    """The keys under which pending events of the reader at this address may stand, that of the newest index key first."""
    return [index[:16] for index in blind_indexes(address, "inbound_reader")]
