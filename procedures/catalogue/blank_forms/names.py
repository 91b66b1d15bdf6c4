"""Names of forms as papers say them: “Mẫu CT01 (Thông tư 53/2025/TT-BCA)”, “Mẫu số 1, Phụ lục II Nghị định 175/2024/NĐ-CP”.

The same form is found under one key however its name is written; the key stands in its address. Forms that ship with the
portal stand in `data/forms.csv`: facts of the explained procedures.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants.text import fold, tidy

FORMS = Path(__file__).parents[1] / "data" / "forms.csv"
FACTS = ("code", "annex", "source", "issued_on", "title", "english", "address")
"""Columns of a form that files and people fill; an empty one is not known."""
NAME = ("code", "annex", "source")
"""Those that make its key."""
UNKNOWN: Mapping[str, Any] = {name: None if name == "issued_on" else "" for name in FACTS}
LONGEST_KEY = 200
LONGEST_READ = 1000
"""Characters of a text in which names are looked for: the time of the patterns grows with its square."""
_SOURCE = re.compile(
    r"(?P<kind>Thông tư liên tịch|Thông tư|Nghị định|Quyết định|Nghị quyết)(?:\s+số)?:?\s*(?P<number>\d[\w./-]*/[\w./-]*\w)"
)
_TEXT_NUMBER = re.compile(r"\d[\w./-]*/[\w./-]*\w")
ANNEX = re.compile(r"Phụ lục(?:\s+(?:số\s+)?(?:[IVXLC]+[A-Z]?|\d+)(?:[-.]\d+)?)?(?!\w)")
_OR = re.compile(r"\s+hoặc\s+")
_FORM = re.compile(r"^mẫu\s+", re.IGNORECASE)
_ISSUED = re.compile(r",?\s*\b(?:ban hành\s+)?(?:kèm\s+theo|theo|của)\s*$")
_NUMBER = re.compile(r"\d+[a-zđ]?", re.IGNORECASE)
_ISSUE_NUMBER = re.compile(r"^số\s+(?=\S*\d)", re.IGNORECASE)
_CODE = re.compile(r"[\w./-]*\d[\w./-]*")
_LETTER_AFTER_D = re.compile(r"(?<=\d)đ(?!\w)", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class FormName:
    """One form as a paper names it; `source` and `annex` are empty where it does not say them."""

    code: str
    annex: str = ""
    source: str = ""

    @property
    def key(self) -> str:
        return form_key(self.code, self.annex, self.source)


def label_of(code: str) -> str:
    """Return the code as it is read aloud: “số 18” for a bare number, any other as it is."""
    return _("số %(number)s") % {"number": code} if _NUMBER.fullmatch(code) else code


def form_names(text: str) -> list[FormName]:
    """Return the forms that the text of a paper names: none, one, or several joined by “hoặc”."""
    line = tidy(text)[:LONGEST_READ]
    if not line:
        return []
    parts = _OR.split(line)
    if len(parts) > 1 and not all(_CODE.fullmatch(_parted(part).code) for part in parts):
        parts = [line]
    whole = _parted(line)
    found = [_parted(part) for part in parts]
    return [
        FormName(one.code, one.annex or (whole.annex if not one.source else ""), one.source or whole.source)
        for one in found
        if one.key
    ]


def form_key(code: str, annex: str = "", source: str = "") -> str:
    """Return the key of a form: folded words with hyphens, of the source its number alone; "" where nothing is left.

    “Mẫu số 02” and “mẫu 2” of one decree are one form: zeros before a number say nothing. “22d” and “22đ” are two.
    """
    code, annex, source = (text[:LONGEST_READ] for text in (code, annex, source))
    number = found[0] if (found := _TEXT_NUMBER.search(source)) else source
    bare = _ISSUE_NUMBER.sub("", _FORM.sub("", tidy(code)))
    own = fold(_LETTER_AFTER_D.sub("dd", bare))
    own = re.sub(r"^0+(?=\d)", "", own)
    own = f"mau {own}" if own[:1].isdigit() else own
    joined = " ".join(filter(None, [own, fold(annex), fold(number)])) if own else ""
    return _NOT_ASCII.sub("-", joined).strip("-")[:LONGEST_KEY].strip("-")


def _parted(text: str) -> FormName:
    source = _SOURCE.search(text)
    rest = text if source is None else f"{text[: source.start()]} {text[source.end() :]}"
    rest = _ISSUED.sub("", _bare(_FORM.sub("", rest)))
    annex = ANNEX.search(rest)
    if annex and annex.start():
        rest = _ISSUED.sub("", _bare(f"{rest[: annex.start()]} {rest[annex.end() :]}"))
    said = f"{source['kind']} {source['number']}" if source else ""
    return FormName(_ISSUE_NUMBER.sub("", rest), annex[0] if annex and annex[0] != rest else "", said)


def _bare(text: str) -> str:
    return tidy(text.replace("(", " ").replace(")", " ") if "()" in text.replace(" ", "") else text).strip(
        " ,;."
    )


@cache
def shipped_forms() -> Mapping[str, Mapping[str, Any]]:
    """The facts of each form by key. Kept: treat as read-only."""
    found: dict[str, Mapping[str, Any]] = {}
    with FORMS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            day = row["issued_on"]
            facts = {**UNKNOWN, **row, "issued_on": date.fromisoformat(day) if day else None}
            found[form_key(row["code"], row["annex"], row["source"])] = facts
    return found
