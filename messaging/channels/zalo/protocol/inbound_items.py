"""What Zalo's events say, in words that no provider owns. What is not ours, or nothing to us, says nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from messaging.channels.base import (
    Account,
    AnsweredByHand,
    Approached,
    ContactKind,
    ErasureAsked,
    InboundItem,
    MessageIn,
    QuotaChanged,
    Rated,
    Receipt,
    ReceiptKind,
    TemplateChanged,
)
from messaging.channels.zalo.protocol import protocol, webhook_payload
from messaging.channels.zalo.templates import quality_of, state_of

Payload = Mapping[str, Any]
# An event names a message or a few; a longer list is none.
MOST_SEEN = 1000
# What a person may send to an account; in groups others may read along, and those events have other names.
FROM_PEOPLE = frozenset(
    f"user_send_{what}"
    for what in (
        "text", "image", "gif", "link", "audio", "video", "sticker", "location", "file", "business_card",
    )
)  # fmt: skip


def parse(account: Account, raw: bytes) -> Iterable[InboundItem]:
    """What a verified event says to this account. Raises ValueError when it cannot be read.

    An event of another account, or one that nobody here knows, gives nothing.
    """
    payload = webhook_payload.read(raw)
    event = protocol.text(payload.get("event_name"))
    if not account.external_id or account.external_id not in webhook_payload.accounts_named(payload):
        return []
    if event in FROM_PEOPLE:
        return list(_message_in(account.external_id, payload))
    if event.startswith("oa_send_"):
        return list(_by_hand(account.external_id, payload))
    reader = _READERS.get(event)
    return list(reader(account.external_id, payload)) if reader else []


def _message_in(oa: str, payload: Payload) -> Iterator[InboundItem]:
    message = protocol.table(payload.get("message"))
    address, name = webhook_payload.person(payload, "sender", oa), protocol.text(message.get("msg_id"))
    if address and name and webhook_payload.party(payload, "recipient") == oa:
        yield MessageIn(
            address, name[:100], protocol.text(message.get("text")), _moment(payload), _app_address(payload)
        )


def _by_hand(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """Our own messages come back as well; those that a person typed name the administrator."""
    sender = protocol.table(payload.get("sender"))
    admin = protocol.text(sender.get("admin_id")) or protocol.text(payload.get("admin_id"))
    address = webhook_payload.person(payload, "recipient", oa)
    name = protocol.text(protocol.table(payload.get("message")).get("msg_id"))
    if admin and address and name and webhook_payload.party(payload, "sender") == oa:
        yield AnsweredByHand(address, name[:100], _moment(payload))


def _received(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """A template sent to a telephone number names our own id; its recipient is a number, which is not read."""
    message = protocol.table(payload.get("message"))
    name, ours = protocol.text(message.get("msg_id"))[:100], protocol.text(message.get("tracking_id"))
    tracking_id = _uuid(ours)
    if ours and tracking_id is None:
        # Sent by something else that has this account.
        return
    if tracking_id or name:
        yield Receipt(ReceiptKind.DELIVERED, tracking_id, name)


def _seen(oa: str, payload: Payload) -> Iterator[InboundItem]:
    names = protocol.rows(protocol.table(payload.get("message")).get("msg_ids"))
    if len(names) > MOST_SEEN:
        raise ValueError("too many")
    for name in dict.fromkeys(protocol.text(one)[:100] for one in names):
        if name:
            yield Receipt(ReceiptKind.SEEN, None, name)


def _follower(kind: ContactKind) -> Callable[[str, Payload], Iterator[InboundItem]]:
    def read(oa: str, payload: Payload) -> Iterator[InboundItem]:
        if address := webhook_payload.person(payload, "follower", oa) or protocol.address(
            payload.get("user_id")
        ):
            yield Approached(kind, address, _moment(payload), _app_address(payload))

    return read


def _clicked(oa: str, payload: Payload) -> Iterator[InboundItem]:
    data = protocol.table(payload.get("data"))
    if address := protocol.address(payload.get("user_id")) or protocol.address(data.get("user_id")):
        yield Approached(ContactKind.HEARD, address, _moment(payload), _app_address(payload))


def _info(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """A sign of life and no more: whoever types somebody else's number must not read that person's notices."""
    address = webhook_payload.person(payload, "sender", oa)
    if address and webhook_payload.party(payload, "recipient") == oa:
        yield Approached(ContactKind.HEARD, address, _moment(payload), _app_address(payload))


def _withdrawn(oa: str, payload: Payload) -> Iterator[InboundItem]:
    if address := protocol.address(payload.get("user_id")) or webhook_payload.person(payload, "sender", oa):
        yield ErasureAsked(address)


def _template_status(oa: str, payload: Payload) -> Iterator[InboundItem]:
    if code := protocol.text(payload.get("template_id")):
        state = state_of(protocol.table(payload.get("status")).get("new_status"))
        cause = protocol.text(payload.get("reason"))[:500]
        yield TemplateChanged(code, state=state, cause=cause, reported_at=_moment(payload))


def _template_quality(oa: str, payload: Payload) -> Iterator[InboundItem]:
    if code := protocol.text(payload.get("template_id")):
        quality = payload.get("quality")
        new = protocol.table(quality).get("new_quality", quality)
        yield TemplateChanged(code, quality=quality_of(new), reported_at=_moment(payload))


def _daily_quota(oa: str, payload: Payload) -> Iterator[InboundItem]:
    daily = protocol.number(protocol.table(payload.get("quota")).get("new_value"))
    if daily is not None and daily >= 0:
        yield QuotaChanged(daily, _moment(payload))


def _feedback(oa: str, payload: Payload) -> Iterator[InboundItem]:
    message = protocol.table(payload.get("message"))
    rating = protocol.number(message.get("rate"))
    if rating is None or not 1 <= rating <= 5:
        return
    words = [
        protocol.text(message.get("note")),
        *(protocol.text(one) for one in protocol.rows(message.get("feedbacks"))),
    ]
    note = "; ".join(word for word in words if word)[:2000]
    yield Rated(_uuid(protocol.text(message.get("tracking_id"))), rating, note)


_READERS: dict[str, Callable[[str, Payload], Iterator[InboundItem]]] = {
    "user_received_message": _received,
    "user_seen_message": _seen,
    "follow": _follower(ContactKind.FOLLOWED),
    "unfollow": _follower(ContactKind.UNFOLLOWED),
    "user_click_chatnow": _clicked,
    "widget_interaction_accepted": _clicked,
    "user_submit_info": _info,
    "user_withdraw": _withdrawn,
    "change_template_status": _template_status,
    "change_template_quality": _template_quality,
    "change_oa_daily_quota": _daily_quota,
    "user_feedback": _feedback,
}


def _moment(payload: Payload) -> datetime | None:
    milliseconds = protocol.number(payload.get("timestamp"))
    if milliseconds is None or not 0 < milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _app_address(payload: Payload) -> str:
    return protocol.text(payload.get("user_id_by_app"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
