"""How Vietnamese text is folded for search, spelled for exact comparison, and put in order.

No Django here: everything is a pure function of its text. NUL, lone surrogates and any other
character that is neither letter nor digit become a space, so that what comes out can always be
stored and can never carry a LIKE wildcard.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

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
    """A `str.translate` table that decides each character once: letters and digits stay, marks as told."""

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
