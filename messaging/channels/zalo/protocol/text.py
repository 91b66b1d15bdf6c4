"""The words of a chat message. Pure."""

import unicodedata

from messaging.channels.base import OutgoingMessage
from messaging.texts import templates

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
    return _joined(message.title, templates.fit(message.body, LONGEST - len(frame) - 2), "", link)[:LONGEST]


def same(one: str, other: str) -> bool:
    """Whether two texts are one, however their letters and spaces are written."""
    return bare(one) == bare(other)


def bare(text: str) -> str:
    """The text in NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _joined(*parts: str) -> str:
    kept = (unicodedata.normalize("NFC", part).strip() for part in parts)
    return "\n\n".join(part for part in kept if part)
