"""The QR code on the chip identity card (thẻ căn cước), as a scanner types it at the desk.

Seen on cards: `number|old number|name|ddmmyyyy|sex|address|ddmmyyyy`. Scanners that type like a keyboard often
cannot type Vietnamese letters, or an input method changes what they type, so only the digits are trusted
always, and words only when they look like Vietnamese ones.
"""

import re
import unicodedata
from dataclasses import dataclass

from dossiers.rules import RuleError, gettext_noop

SEPARATOR = "|"
LONGEST = 500
_NUMBER = re.compile(r"[0-9]{12}")
# Not in the Vietnamese alphabet, and the keys by which Telex and VNI put marks on letters.
_NOT_VIETNAMESE = re.compile(r"[0-9fjwz?�]|(?:aa|ee|oo|dd|[aeiouy][rsx](?:\s|\Z))", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)+")


class CardError(RuleError):
    """What was scanned is no identity card."""


@dataclass(frozen=True)
class Card:
    """What the desk takes over from a card; a name or address that was garbled on its way is empty."""

    number: str
    name: str
    address: str


def is_card(text: str) -> bool:
    """Whether this looks like a scanned card and not like a typed number."""
    return SEPARATOR in text


def read_card(text: str) -> Card:
    """The number, name and address out of a scan; CardError when there is no number of twelve digits."""
    parts = [part.strip() for part in unicodedata.normalize("NFC", text[:LONGEST]).split(SEPARATOR)]
    if not _NUMBER.fullmatch(parts[0]):
        raise CardError(gettext_noop("Không đọc được mã trên thẻ. Xin quét lại hoặc gõ số định danh."))
    name = parts[2] if len(parts) > 2 else ""
    address = parts[5] if len(parts) > 5 else ""
    garbled = not _is_name(name)
    return Card(parts[0], "" if garbled else name, "" if garbled else address)


def _is_name(text: str) -> bool:
    return bool(_LETTERS.fullmatch(text)) and not _NOT_VIETNAMESE.search(text)
