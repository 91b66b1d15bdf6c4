"""A dossier code inside whatever somebody wrote to us, and the lookup key beside it.

People type a code with spaces, dots and dashes of every kind, glued to a word, between other words, copied off a
photograph with O for 0. What is read here is a code by its form alone; whether there is such a dossier is another question.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from dossiers.rules.codes.dossier_codes import (
    LOOKUP_ALPHABET,
    LOOKUP_KEY_LENGTH,
    CodeError,
    DossierCode,
    parse_dossier_code,
)

LONGEST_READ = 300

_DASHES = "−_~"
_LETTERS = str.maketrans("đĐðÐ", "dDdD")
# A level-1 agency, alone or after the three groups of the old form; the digits and separators that follow.
_CODE = re.compile(
    r"(?:[0-9]{3}[-.,\s]{0,3}[0-9]{2}[-.,\s]{0,3}[0-9]{2}[-.,\s]{0,3})?(?:[A-Y]|(?<![A-Z])[A-Y][-.,\s])[0-9][-.,\s0-9]+"
)
_LETTER_APART = re.compile(r"([A-Y])[-.,\s]+(?=[0-9])")
_END_OF_DIGITS = re.compile(r"[0-9](?![0-9])")
# Letters that stand for digits in what was copied off a picture.
_LOOK_ALIKES = str.maketrans("OIL|", "0111")
_MISREAD = re.compile(r"[A-Y][0-9OIL|]{2}[-.,\s][-.,\s0-9OIL|]{8,40}")
# Meant as a code, whatever is wrong with it.
_MEANT = re.compile(r"(?<![A-Z])[A-Y][-.\s]?[0-9]{2}[-.,\s0-9]{6,}|(?<![0-9])[0-9]{6}-[0-9]{4,7}(?![0-9])")
_KEY = re.compile(rf"(?<![0-9A-Z])[{LOOKUP_ALPHABET}]{{3}}[-\s]?[{LOOKUP_ALPHABET}]{{3}}(?![0-9A-Z])")
_NAMED_KEY = re.compile(
    r"(?:MA TRA CUU|MA TC|MTC|TRA CUU|KHOA|KEY|MA KHOA)\s*(?:LA|SO)?\s*[:=\s]\s*([0-9A-Z]{4,8})(?![0-9A-Z])"
)


@dataclass(frozen=True, slots=True)
class Spotted:
    """A code that stands in a text, and the key that stands beside it; "" when there is none."""

    code: DossierCode
    key: str = ""


def spot(text: str) -> Spotted | None:
    """The first dossier code in a text, typed or copied anyhow, with the key if one is beside it; None for a
    text without a code. Never raises."""
    plain = _plain(text[:LONGEST_READ])
    found = _first(plain, _CODE, _as_is) or _first(plain, _MISREAD, _with_digits)
    if found is None:
        return None
    code, begin, end = found
    return Spotted(code, key_in(f"{plain[:begin]} | {plain[end:]}"))


def key_in(text: str) -> str:
    """What looks like a lookup key in a text: six of its letters, or what is called one; "" when nothing does."""
    plain = _plain(text[:LONGEST_READ])
    if own := _KEY.search(plain):
        return re.sub(r"[-\s]", "", own[0])[:LOOKUP_KEY_LENGTH]
    called = _NAMED_KEY.search(plain)
    return called[1] if called else ""


def is_meant(text: str) -> bool:
    """Whether a text in which no code can be read was meant to hold one."""
    return bool(_MEANT.search(_plain(text[:LONGEST_READ])))


def _as_is(part: str) -> str:
    return part


def _with_digits(part: str) -> str:
    return part[0] + part[1:].translate(_LOOK_ALIKES)


def _first(
    plain: str, pattern: re.Pattern[str], read: Callable[[str], str]
) -> tuple[DossierCode, int, int] | None:
    """The first code that any run of the pattern can be read as, the longest reading first, with its place."""
    for run in pattern.finditer(plain):
        part = read(run[0])
        ends = [stop.end() for stop in _END_OF_DIGITS.finditer(part)]
        for end in reversed(ends):
            try:
                return (
                    parse_dossier_code(_LETTER_APART.sub(r"\1", part[:end])),
                    run.start(),
                    run.start() + end,
                )
            except CodeError:
                continue
    return None


def _plain(text: str) -> str:
    """Capitals without marks, dashes as `-`, everything that is neither letter nor digit nor separator a space
    of its own width."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFKD", text).translate(_LETTERS):
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Cf"):
            continue
        if category == "Pd" or char in _DASHES:
            kept.append("-")
        elif char in ".,·•。":
            kept.append(".")
        else:
            kept.append(char if char.isalnum() or char in "|:=" else " ")
    return "".join(kept).upper()
