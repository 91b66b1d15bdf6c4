"""How a gateway is spoken to, as data: what an account's settings may say, and what they mean by themselves.

A profile is JSON. What it leaves out is taken from `STANDARD`; `null` in the place of `query` or `receipts`
says that the gateway has no such thing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.channels.base import Finding, OutcomeKind, Reason, ReceiptKind

# Words for outcomes, as a profile names them.
OUTCOMES: dict[str, tuple[OutcomeKind, Reason]] = {
    "accepted": (OutcomeKind.ACCEPTED, Reason.NONE),
    "delivered": (OutcomeKind.DELIVERED, Reason.NONE),
    "bad_address": (OutcomeKind.PERMANENT, Reason.BAD_ADDRESS),
    "opted_out": (OutcomeKind.PERMANENT, Reason.OPTED_OUT),
    "bad_payload": (OutcomeKind.PERMANENT, Reason.BAD_PAYLOAD),
    "template_unusable": (OutcomeKind.PERMANENT, Reason.TEMPLATE_UNUSABLE),
    "night": (OutcomeKind.TEMPORARY, Reason.NIGHT),
    "provider": (OutcomeKind.TEMPORARY, Reason.PROVIDER),
    "unmapped": (OutcomeKind.TEMPORARY, Reason.UNMAPPED),
    "rate_limit": (OutcomeKind.TEMPORARY, Reason.RATE_LIMIT),
    "daily_quota": (OutcomeKind.TEMPORARY, Reason.DAILY_QUOTA),
    "billing": (OutcomeKind.TEMPORARY, Reason.BILLING),
    "credential": (OutcomeKind.TEMPORARY, Reason.CREDENTIAL),
    "config": (OutcomeKind.TEMPORARY, Reason.CONFIG),
    "platform_block": (OutcomeKind.TEMPORARY, Reason.PLATFORM_BLOCK),
    "unknown": (OutcomeKind.UNKNOWN, Reason.PROVIDER),
}
# Words for what a gateway says when asked.
FINDINGS: dict[str, Finding] = {
    "accepted": Finding.ACCEPTED,
    "delivered": Finding.DELIVERED,
    "undelivered": Finding.UNDELIVERED,
    "absent": Finding.ABSENT,
    "later": Finding.LATER,
}
# Words for what a receipt tells; None: nothing that is worth writing down.
RECEIPTS: dict[str, ReceiptKind | None] = {
    "delivered": ReceiptKind.DELIVERED,
    "seen": ReceiptKind.SEEN,
    "undelivered": ReceiptKind.UNDELIVERED,
    "ignore": None,
}
SCHEMES = ("hmac-sha256", "secret")
FORMATS = ("json", "form")
METHODS = ("POST", "GET")
# Status of the answer → outcome, unless the profile says otherwise. Other 5xx: see `server_errors`.
STATUSES = {"401": "credential", "403": "credential", "429": "rate_limit", "504": "unknown"}

# Four parts of a long message: 153 plain letters each, 67 where one letter has marks.
TEXT_MAX_PLAIN = 612
TEXT_MAX_MARKED = 268

STANDARD: Mapping[str, Any] = {
    "sender": "",
    "send": {
        "url": "{base}/send/{account}",
        "method": "POST",
        "format": "json",
        "headers": {},
        "fields": {"to": "{number}", "text": "{text}", "reference": "{reference}", "callback": "{callback}"},
        "code": "code",
        "id": "id",
    },
    "outcomes": {"0": "accepted", "1": "bad_payload", "4": "config"},
    "statuses": {},
    "server_errors": "refused",
    "query": {
        "url": "{base}/status/{account}?reference={reference}",
        "method": "GET",
        "format": "json",
        "headers": {},
        "fields": {},
        "state": "state",
        "states": {word: word for word in FINDINGS},
        "statuses": {},
    },
    "receipts": {
        "scheme": "hmac-sha256",
        "header": "X-Signature",
        "prefix": "",
        "secret": "receipts",
        "list": "",
        "reference": "reference",
        "id": "id",
        "state": "state",
        "states": {"delivered": "delivered", "undelivered": "undelivered"},
    },
    "plain_letters": False,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A gateway's ways, filled up from `STANDARD`. `query`, `receipts` None: it has no such thing."""

    base: str
    sender: str
    send: Mapping[str, Any]
    query: Mapping[str, Any] | None
    receipts: Mapping[str, Any] | None
    outcomes: Mapping[str, str]
    statuses: Mapping[str, str]
    refuses_by_5xx: bool
    plain_letters: bool
    text_max: int


def read(config: Mapping[str, Any], secrets: Collection[str]) -> Profile:
    """Fill settings up. Those that `validation.problems` finds fault with may raise anything here.

    `secrets` are the names of those there are: the standard receipts count only where one tells them.
    """
    values = {**STANDARD, **config}
    receipts = _section("receipts", values)
    if "receipts" not in config and STANDARD["receipts"]["secret"] not in secrets:
        receipts = None
    plain = bool(values["plain_letters"])
    return Profile(
        base=str(values.get("base", "")).rstrip("/"),
        sender=str(values["sender"]),
        send=_section("send", values) or {},
        query=_section("query", values),
        receipts=receipts,
        outcomes=values["outcomes"],
        statuses={**STATUSES, **values["statuses"]},
        refuses_by_5xx=values["server_errors"] == "refused",
        plain_letters=plain,
        text_max=int(values.get("text_max") or (TEXT_MAX_PLAIN if plain else TEXT_MAX_MARKED)),
    )


def _section(name: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A section of its own keeps what is said in it; how a thing is asked or told is not mixed with ours."""
    own = values[name]
    if own is None:
        return None
    standard = STANDARD[name]
    if own is standard:
        return standard
    defaults = {key: standard[key] for key in standard if key not in _OWN}
    return {**defaults, **own}


# What a section that is written at all says in full: silence about these means "not at all".
_OWN = frozenset({"fields", "states", "id", "reference", "url"})
