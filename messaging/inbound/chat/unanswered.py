"""Texts of the chat: figures on answers, and the unanswered texts, so that words can be added.

Nothing is copied for this. Texts are deleted after `followers.KEPT_FOR`, or with the erasure of their writer. They
are shown masked, without most personal data; names are masked by guess.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, TextField
from django.db.models.functions import Cast, Now

from messaging.contacts.followers import KEPT_FOR
from messaging.inbound.chat.words import read_words
from messaging.inbound.models import IncomingMessage
from tenants.isolation.crypto import CannotDecrypt, decrypt
from tenants.text import fold

Kind = IncomingMessage.Kind

MASK = "…"
# A longer text tells a story, in which names are.
LONGEST_SHOWN = 90
MOST_READ = 1000
MOST_SHOWN = 100
_UNDERSTOOD_BADLY = (Kind.NOTHING, Kind.NEAR)

_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*|\S+\.(?:vn|com|net|org)\b\S*", re.IGNORECASE)
_WITH_DIGIT = re.compile(r"[^\s]*\d[^\s]*(?:[\s.\-–—]+[^\s]*\d[^\s]*)*")
# No Vietnamese word is so long without a vowel; a key is.
_KEY = re.compile(r"\b[bcghklmnpqtv]{6}\b|\b[bcghklmnpqtv]{3} [bcghklmnpqtv]{3}\b", re.IGNORECASE)
_SAID = read_words("unanswered")
_BEFORE_MIDDLE = (
    frozenset(name.casefold() for name in _SAID.families - {"Y", "H", "Mai", "Ma"})
    | _SAID.families_without_marks
    | _SAID.families_or_words
)
_LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class UnansweredText:
    """A question without what may tell who asked; how often it came, and when last. `near`: what came nearest was
    shown."""

    text: str
    times: int
    last_at: datetime
    near: bool


def figures() -> dict[str, Any]:
    """How many texts were heard and answered in the days for which they are kept, and what they were taken for, the commonest
    first. The rest was left to people or came in a flood."""
    recent = IncomingMessage.objects.filter(heard_at__gt=Now() - KEPT_FOR).order_by()
    counted = dict(recent.values_list("answered_as").annotate(often=Count("pk")))
    kinds = Counter({str(Kind(code).label): often for code, often in counted.items() if code})
    heard, nothing = sum(counted.values()), counted.get(Kind.NOTHING, 0)
    return {
        "heard": heard,
        "answered": heard - nothing - counted.get("", 0),
        "not_understood": nothing,
        "kinds": kinds.most_common(),
        "days": KEPT_FOR.days,
    }


def not_understood() -> tuple[UnansweredText, ...]:
    """What nothing was found for, and what only something near was found for: what was asked most often, first.

    Numbers, codes, keys and addresses are masked, names as far as they are known for such; longer texts left out. Of
    the latest thousand.
    """
    rows = (
        IncomingMessage.objects.filter(answered_as__in=_UNDERSTOOD_BADLY)
        .order_by("-pk")
        .values_list(Cast("text", TextField()), "heard_at", "answered_as")[:MOST_READ]
    )
    found: dict[str, UnansweredText] = {}
    for cipher, heard_at, kind in rows:
        try:
            text = mask(decrypt(cipher))
        except CannotDecrypt:
            continue
        if not text:
            continue
        # Texts that differ in marks, case and signs are one.
        same = fold(text)
        known = found.get(same)
        times = 1 + (known.times if known else 0)
        near = kind == Kind.NEAR and (known is None or known.near)
        # The one with more marks says better what was meant.
        texts = (known.text, text) if known else (text,)
        best = max(texts, key=lambda one: sum(not sign.isascii() for sign in one))
        found[same] = UnansweredText(best, times, known.last_at if known else heard_at, near)
    return tuple(sorted(found.values(), key=lambda one: (-one.times, one.near))[:MOST_SHOWN])


def mask(text: str) -> str:
    """A text without numbers, codes, keys, addresses and most names; "" where too little or too much is left."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) > LONGEST_SHOWN:
        return ""
    for pattern in (_ADDRESS, _WITH_DIGIT, _KEY):
        plain = pattern.sub(MASK, plain)
    plain = " ".join(re.sub(rf"(?:{MASK}\s*)+", f"{MASK} ", _without_names(plain)).split())
    return plain if re.search(r"[^\W\d_]{2}", plain) else ""


def _without_names(text: str) -> str:
    kept: list[str] = []
    words = text.split()
    while words:
        named = max(_length_of_name(words, kept[-1] if kept else ""), _length_in_small(words, kept))
        kept.append(MASK if named else words[0])
        words = words[named or 1 :]
    return " ".join(kept)


def _length_of_name(words: list[str], before: str) -> int:
    count = 0
    while count < len(words) and words[count][0].isupper():
        count += 1
    # Names of the Central Highlands may begin with one letter: H'Hen, Y Moan.
    tells = words[0].startswith(("H'", "H’")) or before.casefold() in _SAID.before_names
    family = words[0] in _SAID.families or words[0].casefold() in _SAID.families_without_marks
    return count if tells or (family and count > 1) else 0


def _length_in_small(words: list[str], before: list[str]) -> int:
    """The same where capitals tell nothing: "trần văn bình", "LÊ VĂN TÁM", "chồng em tên hùng"."""
    plain = [word.strip(".,;:!?()\"'").casefold() for word in words]
    count = 0
    if plain[0] in _BEFORE_MIDDLE and plain[1:2] and plain[1] in _SAID.middle:
        # Whatever word stands behind both is the given name.
        if plain[2:3] in ([], ["phòng"]):
            return 0
        count = 3
    elif not _is_called([word.casefold() for word in before]):
        return 0
    while count < min(len(plain), _LONGEST_NAME) and plain[count] not in _SAID.no_names:
        count += 1
    return count


def _is_called(before: list[str]) -> bool:
    """Whether a name must follow: "chồng em tên", "con tôi tên là"."""
    if before and before[-1] in ("là", "la"):
        before = before[:-1]
    return len(before) > 1 and before[-1] in _SAID.named and before[-2] in _SAID.people
