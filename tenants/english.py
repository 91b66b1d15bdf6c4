"""What texts of offices and of the catalogue say in English, as far as a table knows all their words.

`data/english.csv` holds words of hours and terms, whole clauses, and kinds of offices. A text with one word that is not
there has no English here: half a translation would pretend.
"""

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from django.utils.translation import get_language

DATA = Path(__file__).parent / "data" / "english.csv"
_LEVELS = {
    "tỉnh": "Province",
    "thành phố": "City",
    "xã": "Commune",
    "phường": "Ward",
    "đặc khu": "Special Zone",
}
_OFFICE = re.compile(rf"(?P<kind>.+?) (?P<level>{'|'.join(_LEVELS)}) (?P<name>[A-ZĐÁÂĂÊÔƠƯÝ].*)")
_LETTER = re.compile(r"[^\W\d_]")
_ONE = re.compile(r"(?<![\d.,/:])(1 (?:working )?(?:day|hour|month))s\b")


@lru_cache(maxsize=4096)
def in_english(text: str) -> str:
    """*text* in English; "" where a word of it is not known."""
    if (office := _OFFICE.fullmatch(text)) and (kind := in_english(office["kind"])):
        return f"{kind} of {office['name']} {_LEVELS[office['level']]}"
    words, known = _table()
    if _LETTER.search(known.sub("", text)):
        return ""
    return _ONE.sub(r"\1", known.sub(lambda found: _like(found[0], words[found[0].casefold()]), text))


def in_language(vietnamese: str, english: str = "") -> tuple[str, str]:
    """Return a text in the reader's language, and its own where it differs: “vi” where there is no English.

    Without *english*, what `in_english` knows of the text.
    """
    if get_language() != "en" or not vietnamese:
        return vietnamese, ""
    english = english or in_english(vietnamese)
    return (english, "") if english else (vietnamese, "vi")


def _like(vietnamese: str, english: str) -> str:
    """The words with a capital where the Vietnamese ones begin with one."""
    return english[:1].upper() + english[1:] if vietnamese[:1].isupper() else english


@cache
def _table() -> tuple[dict[str, str], re.Pattern[str]]:
    with DATA.open(encoding="utf-8", newline="") as stream:
        words = {row["vi"].casefold(): row["en"] for row in csv.DictReader(stream)}
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return words, re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE)
