"""Text: labels, spreadsheet cells and typed text read, numbers written, Vietnamese folded, spelled and sorted.

Folding and sorting are pure functions. NUL, lone surrogates and any other character that is neither letter nor
digit become a space there, so that the result can always be stored and never carries a LIKE wildcard.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as StrOrPromise
else:
    StrOrPromise = str | Promise

# Exports write ="0905000678" or '0905000678 so that a spreadsheet keeps the zero.
_GUARDED = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"[=@]|[+\-](?![0-9 ])")
# Zero-width characters and direction marks: invisible, and they make two equal texts differ.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
DAMAGED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")
ELLIPSIS = "…"


def read_labels(path: Path) -> dict[str, StrOrPromise]:
    """What people call codes: a CSV file of `code` and `words`, of which `manage.py messages` has to know."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: gettext_lazy(row["words"]) for row in csv.DictReader(stream)}


class BadCell(ValueError):
    """A cell that cannot be taken as text. The text is a reason."""


def as_text(value: object) -> str:
    """One tidy line in composed letters (NFC). Numbers as they are written, without a decimal zero.

    Raises BadCell for broken characters and for formulas.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


@lru_cache(maxsize=10_000)  # most cells repeat: agencies, statuses, procedures, yes and no
def _from_text(value: str) -> str:
    if not value:
        return ""
    if damage := damage_in(value):
        raise BadCell(damage)
    text = tidy(value)
    if guarded := _GUARDED.fullmatch(text):
        return tidy(guarded[1])
    if text[:1] == "'":
        return text[1:]
    if _FORMULA.match(text) and len(text) > 1:
        raise BadCell(_("ô chứa công thức; hãy dán giá trị"))
    return text


def tidy(text: str) -> str:
    """One line of composed text (NFC) without invisible characters and doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def damage_in(text: str) -> str:
    """The damage in a text, in one sentence; "" for a sound one. Line ends and tabs are sound."""
    found = DAMAGED.search(text)
    if found is None:
        return ""
    character = found.group()
    if character == "\ufffd":
        return _("có chữ đã mất khi chuyển bảng mã (ký tự �); hãy lấy lại bản gốc.")
    return _("có ký tự hỏng (mã U+%(code)04X); hãy xóa hoặc xuất lại tệp.") % {"code": ord(character)}


# "đ" does not decompose, and the Icelandic eth is typed in its place often enough to matter.
_D_WITH_STROKE = str.maketrans({"ð": "đ"})
_HALF_VOWELS = re.compile(r"(?:[hklmst]|qu)[iy]")

# The five written tones in dictionary order; a syllable without a mark comes before all of them.
_TONES = {"\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0301": "'", "\u0323": "."}
_TONE_RANK = {mark: str(rank) for rank, mark in enumerate(_TONES.values(), start=1)}
_LETTERS = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# One ASCII character per letter, above the separators, so that the key sorts right as plain bytes.
_LETTER_RANK = {letter: chr(ord("0") + rank) for rank, letter in enumerate(_LETTERS)}


class _Table(dict[int, str]):
    """A `str.translate` table that decides each character once: letters and digits stay, marks as asked."""

    def __init__(self, *, keep_marks: bool) -> None:
        super().__init__()
        self.keep_marks = keep_marks

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character).startswith("M"):
            decided = character if self.keep_marks else ""
        elif character == "đ" and not self.keep_marks:
            decided = "d"
        else:
            decided = character if character.isalnum() else " "
        # Whole Unicode would fit in memory, but a hostile text need not fill it.
        if len(self) < _MOST_REMEMBERED:
            self[code] = decided
        return decided


_MOST_REMEMBERED = 4096
_WITHOUT_MARKS = _Table(keep_marks=False)
_WITH_MARKS = _Table(keep_marks=True)


def fold(text: str) -> str:
    """Return *text* without marks, tones and case, its words separated by single spaces.

    ``Đăng ký KẾT HÔN`` and its decomposed form both give ``dang ky ket hon``; ``hoà`` and ``hòa``
    both give ``hoa``. ``i`` and ``y`` stay apart (see :func:`expand_query`). Folding twice changes nothing.
    """
    return " ".join(_decompose(text).translate(_WITHOUT_MARKS).split())


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of *text*, in order."""
    return tuple(fold(text).split())


def spell(text: str) -> str:
    """Return *text* in lower case with its marks, each tone moved to the end of its word.

    The old and the new placement of a tone (``hòa``, ``hoà``) become one spelling (``hoa`` and a tone
    sign), while words that differ in a mark stay different. Used to rank an exactly typed word first.
    """
    return " ".join(letters + tone for letters, tone in _syllables(text))


def sort_key(text: str) -> str:
    """Return an ASCII key that puts texts in Vietnamese dictionary order when compared byte by byte.

    Syllable by syllable: first the letters in the order a ă â b c d đ e ê …, then the tone in the order
    ngang, huyền, hỏi, ngã, sắc, nặng. Store it in a column with the ``C`` collation.
    """
    return " ".join(
        "".join(_LETTER_RANK.get(letter, "~") for letter in letters) + "!" + _TONE_RANK.get(tone, "0")
        for letters, tone in _syllables(text)
    )


def expand_query(query: str) -> tuple[str, ...]:
    """Return the folded query and its spellings with ``i`` for ``y`` and ``y`` for ``i`` (kĩ/kỹ, lí/lý).

    Only open syllables where both spellings are in use are touched, so at most three texts come back,
    the typed one first; an empty query gives an empty tuple.
    """
    typed = fold(query)
    if not typed:
        return ()
    return tuple(dict.fromkeys((typed, _with_final(typed, "y"), _with_final(typed, "i"))))


def grouped(number: int) -> str:
    """Digits in groups of three, as Vietnamese writes them: “1.250.000”."""
    return f"{number:,}".replace(",", ".")


def dong(amount: int) -> str:
    """“1.250.000 đồng”"""
    return f"{grouped(amount)} đồng"


def _with_final(folded: str, vowel: str) -> str:
    return " ".join(word[:-1] + vowel if _HALF_VOWELS.fullmatch(word) else word for word in folded.split())


def _decompose(text: str) -> str:
    # Case folding can compose or produce new marks (İ), hence a second decomposition.
    lowered = unicodedata.normalize("NFD", text).casefold().translate(_D_WITH_STROKE)
    return unicodedata.normalize("NFD", lowered)


def _syllables(text: str) -> Iterator[tuple[str, str]]:
    for word in _decompose(text).translate(_WITH_MARKS).split():
        letters, tone = _syllable(word)
        if letters:
            yield letters, tone


@lru_cache(maxsize=8192)
def _syllable(word: str) -> tuple[str, str]:
    """Return the letters of a decomposed word, composed again, and its last tone."""
    if not any(map(str.isalnum, word)):
        return "", ""
    tones = [_TONES[character] for character in word if character in _TONES]
    letters = "".join(character for character in word if character not in _TONES)
    # A stray mark may stand first; composing makes ă â ê ô ơ ư single letters.
    return unicodedata.normalize("NFC", letters), tones[-1] if tones else ""


def fit(text: str, limit: int, mark: str = ELLIPSIS) -> str:
    """`text` in NFC, at most `limit` characters: cut at a word, with `mark` in the place of what is missing."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) <= limit:
        return text
    head = text[: max(limit - len(mark), 0)]
    if not text[len(head)].isspace() and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,.;:–-") + mark
