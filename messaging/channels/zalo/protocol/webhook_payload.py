"""What every callback of Zalo's has, whatever it tells: whom it names, and by what it is known again. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from messaging.channels.base import Destination
from messaging.channels.zalo.protocol import protocol

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
    """Whom an event names, unproven; raises ValueError when it names nobody."""
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
    """Whom or what an event of the account concerns: several may fall into one millisecond."""
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
