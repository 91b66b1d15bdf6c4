"""What citizens type into a chat, honestly: two hundred texts with what each must be taken for.

In a text {code}, {key} and their kind stand for those of dossiers that the test has made, typed in that way.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("questions.csv")
_BLANK = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
# U+2013, U+2014, U+2011 and U+2212, as editors and telephones put them for a hyphen.
_DASHES = {"endash": "\u2013", "emdash": "\u2014", "hard": "\u2011", "minus": "\u2212"}


@dataclass(frozen=True)
class Typed:
    """A text, what it must be taken for, and of procedures those that must be among the first three."""

    text: str
    kind: str
    codes: frozenset[str]
    why: str


def typed() -> Iterator[Typed]:
    """All texts, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Typed(row["typed"], row["kind"], frozenset(row["codes"].split()), row["why"])


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled, each in its way."""
    return _BLANK.sub(
        lambda blank: "\n" if blank[1] == "nl" else _WAYS[blank[2] or ""](values[blank[1]]), text
    )


def _photographed(code: str) -> str:
    return code[0] + code[1:].replace("0", "O").replace("1", "l")


_WAYS: dict[str, Callable[[str], str]] = {
    "": str,
    "lower": str.lower,
    "spaces": lambda code: re.sub("[-.]", " ", code),
    "glued": lambda code: re.sub("[-.]", "", code),
    "dots": lambda code: code.replace("-", "."),
    "slashes": lambda code: code.replace("-", "/"),
    "commas": lambda code: code.replace(".", ","),
    "loose": lambda code: code.replace("-", " - "),
    "apart": lambda code: f"{code[0]} {code[1:]}",
    "wide": lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code),
    "photo": _photographed,
    "bigphoto": lambda code: _photographed(code).replace("l", "I"),
    "spaced": lambda key: f"{key[:3]} {key[3:]}",
    "dashed": lambda key: f"{key[:3]}-{key[3:]}",
    **{name: lambda code, dash=dash: code.replace("-", dash) for name, dash in _DASHES.items()},
}
