"""Zalo's protocol: JSON whose numbers may be texts, envelopes, headers, the proof of the App's secret, and the
text of a message. Pure.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from messaging.channels.base import OutgoingMessage
from tenants.text import fit

_ADDRESS = re.compile(r"\A[0-9]{5,25}\Z")
_TOKEN = re.compile(r"\A[\x21-\x7e]{8,4096}\Z")
_NUMBER = re.compile(r"\A-?[0-9]{1,15}\Z")
_SURROGATES = re.compile("[\ud800-\udfff]")


class Host(StrEnum):
    """Zalo's hosts: the same code means different things at each."""

    OAUTH = "oauth"
    OPENAPI = "openapi"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What each answer of the two APIs is wrapped in. `code` 0 is success, whatever the HTTP status.

    `text` is Zalo's own and may quote people: it is read, never kept.
    """

    code: int
    text: str = field(repr=False)
    data: Any = field(repr=False)
    whole: Mapping[str, Any] = field(repr=False)


def loads(raw: bytes) -> Any:
    """JSON with every number as the text that stood there, so that ids longer than a float keep each digit.

    Raises ValueError for anything else.
    """
    try:
        return json.loads(raw, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def text(value: Any) -> str:
    """A text or an id, fit to be stored; "" for other values."""
    if not isinstance(value, str):
        return ""
    return _SURROGATES.sub("\ufffd", value.replace("\0", "")).strip()


def address(value: Any) -> str:
    """A person's Zalo id: digits; "" for what is none."""
    return value if isinstance(value, str) and _ADDRESS.match(value) else ""


def token(value: Any) -> str:
    """A token that can stand in a header; "" for what is none."""
    return value if isinstance(value, str) and _TOKEN.match(value) else ""


def number(value: Any) -> int | None:
    """A whole number that came as a number or as a text; None for what is none."""
    return int(value) if isinstance(value, str) and _NUMBER.match(value.strip()) else None


def table(value: Any) -> Mapping[str, Any]:
    """A JSON object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Any]:
    """A JSON array; an empty one for what is none."""
    return value if isinstance(value, list) else []


def envelope(body: bytes) -> Envelope | None:
    """The envelope in an answer; None when there is none that can be read."""
    try:
        whole = loads(body)
    except ValueError:
        return None
    code = number(table(whole).get("error"))
    if code is None:
        return None
    return Envelope(code, text(whole.get("message")), whole.get("data"), whole)


def proof(app_secret: str, access_token: str) -> str:
    """The header appsecret_proof: proof that the holder of this token knows the App's secret."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def dumps(content: Any) -> bytes:
    """JSON as it is sent; half a letter, which no message can hold, becomes a "?"."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def query(host: Host, values: Mapping[str, Any]) -> str:
    """What a GET asks with: the OA host wants one parameter that holds JSON, the business host plain ones."""
    if not values:
        return ""
    if host == Host.OPENAPI:
        return urlencode({"data": dumps(values).decode()})
    return urlencode(values)


def moment(value: Any) -> datetime | None:
    """A moment in milliseconds since 1970; None for what is none."""
    milliseconds = number(value)
    if milliseconds is None or not 0 < milliseconds < 10**14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


LONGEST = 2000


def compose(message: OutgoingMessage) -> str:
    """Title, body, lines and the link as one text of at most 2,000 letters in NFC.

    The link is whole and stands last; the lines go before the body does, and the body is cut at a word.
    """
    link = message.button_url
    if link and message.button_label:
        link = f"{message.button_label}: {link}"
    lines = "\n".join(f"{label}: {value}" for label, value in message.rows)
    whole = _joined(message.title, message.body, lines, link)
    if len(whole) <= LONGEST:
        return whole
    frame = _joined(message.title, "", "", link)
    return _joined(message.title, fit(message.body, LONGEST - len(frame) - 2), "", link)[:LONGEST]


def bare(text: str) -> str:
    """One line in NFC with single spaces: Zalo counts a decomposed "ế" as three letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _joined(*parts: str) -> str:
    kept = (unicodedata.normalize("NFC", part).strip() for part in parts)
    return "\n\n".join(part for part in kept if part)
