"""Zalo's webhooks: the parties of an event, its signature, and the inbound items that it yields.

The signature is a plain SHA-256 that ends in a secret; it is compared in constant time. Zalo repeats an event for
hours with the same bytes, so an old event is not refused for its age alone; the inbox counts it once.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from messaging.channels.base import Account, read_uuid
from messaging.channels.inbound_items import (
    AnsweredByHand,
    Approached,
    ContactKind,
    Destination,
    ErasureAsked,
    InboundItem,
    MessageIn,
    QuotaChanged,
    Rated,
    Receipt,
    ReceiptKind,
    Rejected,
    TemplateChanged,
)
from messaging.channels.zalo import protocol
from messaging.channels.zalo.settings import signatures_of
from messaging.channels.zalo.templates import quality_of, state_of
from tenants import clock

# Where an OA's id may stand, depending on the event.
_PLAIN = ("oa_id", "oaId")
_PARTIES = ("recipient", "sender")
# Told by the message that they are about; all others by their moment and whom they concern.
_ABOUT_ONE_MESSAGE = ("user_send_", "oa_send_", "anonymous_send_", "user_received_message")


def read(raw: bytes) -> Mapping[str, Any]:
    """The event; raises ValueError when it is none."""
    payload = protocol.loads(raw)
    if not isinstance(payload, dict):
        raise ValueError("not an event")
    return payload


def accounts_named(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """All ids that may be the Official Account's: events disagree on which side it stands."""
    ids = [protocol.text(payload.get(name)) for name in _PLAIN]
    ids += [party(payload, name) for name in _PARTIES]
    return tuple(dict.fromkeys(one for one in ids if one))


def party(payload: Mapping[str, Any], name: str) -> str:
    """The id of `sender`, `recipient` or `follower`; "" when there is none."""
    return protocol.text(protocol.table(payload.get(name)).get("id"))


def person(payload: Mapping[str, Any], name: str, account: str) -> str:
    """The Zalo id of a party that is not the account itself; "" when there is none."""
    found = protocol.address(party(payload, name))
    return "" if found == account else found


def destination(raw: bytes) -> Destination:
    """The accounts that an event names, unproven; raises ValueError when it names none."""
    payload = read(raw)
    app, accounts = protocol.text(payload.get("app_id")), accounts_named(payload)
    if not app or not accounts:
        raise ValueError("it names nobody")
    return Destination(app, accounts)


def event_key(raw: bytes) -> bytes:
    """By what an event is known again when it is told twice; `raw` itself when it has nothing of the kind.

    A text that a person sent is the same by its message id, however its bytes are arranged.
    """
    try:
        payload = read(raw)
    except ValueError:
        return raw
    app, event = protocol.text(payload.get("app_id")), protocol.text(payload.get("event_name"))
    message = protocol.table(payload.get("message"))
    name = protocol.text(message.get("msg_id"))
    if not app or not event:
        return raw
    if event.startswith(_ABOUT_ONE_MESSAGE):
        return _key(app, event, *accounts_named(payload), name) if name else raw
    if event == "user_seen_message":
        seen = sorted(protocol.text(one) for one in protocol.rows(message.get("msg_ids")))
        return _key(app, event, *accounts_named(payload), *seen) if seen else raw
    moment = protocol.text(payload.get("timestamp"))
    return _key(app, event, moment, *accounts_named(payload), *_subjects(payload), name) if moment else raw


def _subjects(payload: Mapping[str, Any]) -> list[str]:
    return [
        party(payload, "follower"),
        protocol.text(payload.get("user_id")),
        protocol.text(protocol.table(payload.get("data")).get("user_id")),
        protocol.text(payload.get("template_id")),
        protocol.text(payload.get("msg_id")),
        json.dumps(protocol.table(payload.get("tag")), sort_keys=True),
    ]


def _key(*parts: str) -> bytes:
    return json.dumps(parts).encode()


HEADER = "x-zevent-signature"
# Who sends it: FORMS for receipts of forms sent to telephone numbers.
SERVER, FORMS = "x-zevent-server", "ZNS"
OLDEST = timedelta(hours=13)
# Their clock may be ahead of ours.
AHEAD = timedelta(hours=1)


def mac(first: str, raw: bytes, timestamp: str, secret: str) -> str:
    """The signature of `raw`: 64 hexadecimal digits."""
    return hashlib.sha256(first.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def verify(account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
    """None when Zalo signed exactly these bytes for this account. Header names in lower case."""
    signatures = signatures_of(account.config)
    if signatures is None:
        return Rejected("the account's settings cannot be used")
    shown = _shown(headers)
    if not shown:
        return Rejected("no signature")
    try:
        payload = protocol.table(protocol.loads(raw))
    except ValueError:
        return Rejected("not JSON")
    app_id, timestamp = protocol.text(payload.get("app_id")), protocol.text(payload.get("timestamp"))
    if app_id != signatures.app_id:
        return Rejected("another app")
    if not account.external_id or account.external_id not in accounts_named(payload):
        return Rejected("another account")
    moment = protocol.moment(timestamp)
    if moment is None or not -AHEAD <= clock.now() - moment <= OLDEST:
        return Rejected("too old, or of no time")
    # The header is not signed, but all it can choose is which of our secrets must have been known.
    scheme = signatures.form_scheme if headers.get(SERVER) == FORMS else signatures.signature
    expected = _expected(account, app_id, scheme, raw, timestamp)
    # All of them are looked at, so that the time tells nothing of which key is in use.
    if not any([hmac.compare_digest(shown.encode(), one.encode()) for one in expected]):  # noqa: C419
        return Rejected("wrong signature")
    return None


def _expected(account: Account, app_id: str, scheme: str, raw: bytes, timestamp: str) -> Iterator[str]:
    first, _plus, key = scheme.partition("+")
    for name in (key, "oa_secret_old") if key == "oa_secret" else (key,):
        # What is not there signs nothing.
        if secret := account.secrets.get(name):
            yield mac(app_id if first == "app_id" else account.external_id, raw, timestamp, secret)


def _shown(headers: Mapping[str, str]) -> str:
    shown = headers.get(HEADER, "").strip().lower().removeprefix("mac=").strip()
    return shown if shown.isascii() else ""


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

    An event of another account, or of an unknown kind, gives nothing.
    """
    payload = read(raw)
    event = protocol.text(payload.get("event_name"))
    if not account.external_id or account.external_id not in accounts_named(payload):
        return []
    if event in FROM_PEOPLE:
        return list(_message_in(account.external_id, payload))
    if event.startswith("oa_send_"):
        return list(_by_hand(account.external_id, payload))
    reader = _READERS.get(event)
    return list(reader(account.external_id, payload)) if reader else []


def _message_in(oa: str, payload: Payload) -> Iterator[InboundItem]:
    message = protocol.table(payload.get("message"))
    address, name = person(payload, "sender", oa), protocol.text(message.get("msg_id"))
    if address and name and party(payload, "recipient") == oa:
        yield MessageIn(
            address,
            name[:100],
            protocol.text(message.get("text")),
            protocol.moment(payload.get("timestamp")),
            _app_address(payload),
        )


def _by_hand(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """Our own messages come back as well; those that a person typed name the administrator."""
    sender = protocol.table(payload.get("sender"))
    admin = protocol.text(sender.get("admin_id")) or protocol.text(payload.get("admin_id"))
    address = person(payload, "recipient", oa)
    name = protocol.text(protocol.table(payload.get("message")).get("msg_id"))
    if admin and address and name and party(payload, "sender") == oa:
        yield AnsweredByHand(address, name[:100], protocol.moment(payload.get("timestamp")))


def _received(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """A template sent to a telephone number names our own id; its recipient is a number, which is not read."""
    message = protocol.table(payload.get("message"))
    name, ours = protocol.text(message.get("msg_id"))[:100], protocol.text(message.get("tracking_id"))
    tracking_id = read_uuid(ours)
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


def _approached(kind: ContactKind) -> Callable[[str, Payload], Iterator[InboundItem]]:
    def read(oa: str, payload: Payload) -> Iterator[InboundItem]:
        ids = payload.get("user_id"), protocol.table(payload.get("data")).get("user_id")
        if address := person(payload, "follower", oa) or next(filter(None, map(protocol.address, ids)), ""):
            yield Approached(kind, address, protocol.moment(payload.get("timestamp")), _app_address(payload))

    return read


def _info(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """A sign of life and no more: a reader who types another person's number must not read that person's notices."""
    address = person(payload, "sender", oa)
    if address and party(payload, "recipient") == oa:
        yield Approached(
            ContactKind.HEARD, address, protocol.moment(payload.get("timestamp")), _app_address(payload)
        )


def _withdrawn(oa: str, payload: Payload) -> Iterator[InboundItem]:
    if address := protocol.address(payload.get("user_id")) or person(payload, "sender", oa):
        yield ErasureAsked(address)


def _template(oa: str, payload: Payload) -> Iterator[InboundItem]:
    """Its state or its quality is another one, and why."""
    if code := protocol.text(payload.get("template_id")):
        quality = payload.get("quality")
        yield TemplateChanged(
            code,
            state=state_of(protocol.table(payload.get("status")).get("new_status")),
            quality=quality_of(protocol.table(quality).get("new_quality", quality)),
            cause=protocol.text(payload.get("reason"))[:500],
            reported_at=protocol.moment(payload.get("timestamp")),
        )


def _daily_quota(oa: str, payload: Payload) -> Iterator[InboundItem]:
    daily = protocol.number(protocol.table(payload.get("quota")).get("new_value"))
    if daily is not None and daily >= 0:
        yield QuotaChanged(daily, protocol.moment(payload.get("timestamp")))


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
    yield Rated(read_uuid(protocol.text(message.get("tracking_id"))), rating, note)


_READERS: dict[str, Callable[[str, Payload], Iterator[InboundItem]]] = {
    "user_received_message": _received,
    "user_seen_message": _seen,
    "follow": _approached(ContactKind.FOLLOWED),
    "unfollow": _approached(ContactKind.UNFOLLOWED),
    "user_click_chatnow": _approached(ContactKind.HEARD),
    "widget_interaction_accepted": _approached(ContactKind.HEARD),
    "user_submit_info": _info,
    "user_withdraw": _withdrawn,
    "change_template_status": _template,
    "change_template_quality": _template,
    "change_oa_daily_quota": _daily_quota,
    "user_feedback": _feedback,
}


def _app_address(payload: Payload) -> str:
    return protocol.text(payload.get("user_id_by_app"))
