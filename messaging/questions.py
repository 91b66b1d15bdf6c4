"""What the chat was asked: how much of it was answered, and what was not understood, so that words can be learnt.

Nothing is copied for this. What people wrote is deleted after `followers.KEPT_FOR`, or with whoever wrote it; it
is read here without what may tell who that was.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, TextField
from django.db.models.functions import Cast, Now

from messaging.followers import KEPT_FOR
from messaging.models import HeardMessage
from tenants.crypto import CannotDecrypt, decrypt

Kind = HeardMessage.Kind

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
# Before a capital these are a family's name; those of the second list in capitals as well.
_FAMILIES = frozenset(
    {
        "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ",
        "Ngô", "Dương", "Lý", "Đào", "Đoàn", "Trịnh", "Trương", "Đinh", "Lâm", "Mai", "Tô", "Hà", "Cao",
        "Châu", "Thái", "Tạ", "Lương", "Lưu", "Vương", "Quách", "Kiều", "Nông", "Triệu", "Ma", "Giàng",
        "Sùng", "Vàng", "Lò", "Quàng", "Niê", "Ksor", "Rơ", "Siu", "Y", "H", "NGUYỄN", "TRẦN", "PHẠM",
        "HUỲNH", "ĐẶNG", "BÙI", "NGÔ", "TRỊNH", "ĐOÀN", "TRƯƠNG", "ĐINH",
    }
)  # fmt: skip
# After these a capital begins a person's name.
_BEFORE_NAMES = frozenset({"tên", "là", "ông", "bà", "anh", "chị", "cô", "chú", "bác"})


@dataclass(frozen=True, slots=True)
class Figures:
    """So many texts were heard since; `answered` and `not_understood` of them, the rest was left to people or
    came in a flood. `kinds`: what they were taken for, the commonest first."""

    heard: int
    answered: int
    not_understood: int
    kinds: tuple[tuple[str, int], ...]
    days: int = KEPT_FOR.days


@dataclass(frozen=True, slots=True)
class Question:
    """A question without what may tell who asked; how often it came, and when last. `near`: what came nearest was
    shown."""

    text: str
    times: int
    last_at: datetime
    near: bool


def figures(within: timedelta = KEPT_FOR) -> Figures:
    """How many texts were heard and answered in the time for which they are kept."""
    recent = HeardMessage.objects.filter(heard_at__gt=Now() - within).order_by()
    counted = dict(recent.values_list("answered_as").annotate(often=Count("pk")))
    kinds = Counter({str(Kind(code).label): often for code, often in counted.items() if code})
    heard = sum(counted.values())
    not_understood = counted.get(Kind.NOTHING, 0)
    answered = heard - not_understood - counted.get("", 0)
    return Figures(heard, answered, not_understood, tuple(kinds.most_common()), within.days)


def not_understood() -> tuple[Question, ...]:
    """What nothing was found for, and what only something near was found for: what was asked most often, first.

    Numbers, codes, keys, addresses and names are masked, longer texts left out. Of the latest thousand.
    """
    rows = (
        HeardMessage.objects.filter(answered_as__in=_UNDERSTOOD_BADLY)
        .order_by("-pk")
        .values_list(Cast("text", TextField()), "heard_at", "answered_as")[:MOST_READ]
    )
    found: dict[str, Question] = {}
    for cipher, heard_at, kind in rows:
        try:
            text = masked(decrypt(cipher))
        except CannotDecrypt:
            continue
        if not text:
            continue
        same = _same(text)
        known = found.get(same)
        times = 1 + (known.times if known else 0)
        near = kind == Kind.NEAR and (known is None or known.near)
        # The one with more marks says better what was meant.
        best = max((known.text, text), key=_marks) if known else text
        found[same] = Question(best, times, known.last_at if known else heard_at, near)
    return tuple(sorted(found.values(), key=lambda one: (-one.times, one.near))[:MOST_SHOWN])


def masked(text: str) -> str:
    """A text without numbers, codes, keys, addresses and names; "" where too little or too much is left."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) > LONGEST_SHOWN:
        return ""
    for pattern in (_ADDRESS, _WITH_DIGIT, _KEY):
        plain = pattern.sub(MASK, plain)
    plain = " ".join(re.sub(rf"(?:{MASK}\s*)+", f"{MASK} ", _without_names(plain)).split())
    return plain if re.search(r"[^\W\d_]{2}", plain) else ""


def _without_names(text: str) -> str:
    """The text with what looks like a person's name masked; a guess, by families' names and capitals."""
    kept: list[str] = []
    words = text.split()
    while words:
        named = _length_of_name(words, kept[-1] if kept else "")
        kept.append(MASK if named else words[0])
        words = words[named or 1 :]
    return " ".join(kept)


def _length_of_name(words: list[str], before: str) -> int:
    """How many of these words, the first of them included, are a name that begins here; 0 when none does."""
    count = 0
    while count < len(words) and words[count][0].isupper():
        count += 1
    # Names of the Central Highlands may begin with one letter: H'Hen, Y Moan.
    tells = words[0].startswith(("H'", "H’")) or before.casefold() in _BEFORE_NAMES
    return count if tells or (words[0] in _FAMILIES and count > 1) else 0


def _marks(text: str) -> int:
    return sum(not sign.isascii() for sign in text)


def _same(text: str) -> str:
    """Texts that differ in marks, case and signs are one."""
    split = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return " ".join(
        re.findall(r"[^\W_]+", "".join(sign for sign in split if not unicodedata.combining(sign)))
    )
