"""Statements on many procedures at once, by sector or code: the competent agency, what is not prescribed.

Kept in `catalogue.yaml` of the folder:

    agencies:
      - {agency: H15.02, sectors: [Hộ tịch, Công chứng]}
    no_terms: # không quy định thời hạn
      - {source: 12/2026/QĐ-UBND, codes: ["1.004873"]}
    no_fees: # không thu phí, lệ phí
      - {source: 07/2026/NQ-HĐND, sectors: [Hộ tịch]}
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from procedures.formats.base import base_code
from tenants.folder.yaml_reader import Section
from tenants.text import fold
from tenants.validation import shown

KEYS = {"agencies": "agency", "no_terms": "source", "no_fees": "source"}
"""Keys of the file, and under which name each statement there has its value."""
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Statement:
    """`value` holds for the procedures with these codes, and for all of these sectors."""

    value: str
    sectors: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()


def value_for(statements: Iterable[Statement], code: str, sector: str) -> str:
    """What is said of one procedure: by its code before by its sector; "" where nothing is."""
    by_sector = ""
    for one in statements:
        if code in one.codes:
            return one.value
        if not by_sector and sector and fold(sector) in _folded(one.sectors):
            by_sector = one.value
    return by_sector


def read(top: Section, key: str) -> tuple[Statement, ...]:
    """The statements of a key of the file; faults are noted in the section.

    Each names its sectors or codes: without them it would hold for unforeseen procedures.
    """
    found = []
    for part in top.sections(key):
        value = part.text(KEYS[key], most=LONGEST)
        sectors = tuple(part.texts("sectors", most=500))
        named = part.texts("codes", most=60)
        codes = valid_codes(part, "codes", named)
        part.refuse_unknown()
        if not sectors and not named:
            part.report(_("phải nêu sectors hoặc codes."))
        found.append(Statement(value, sectors, frozenset(codes)))
    return tuple(found)


def valid_codes(section: Section, key: str, texts: Iterable[str]) -> list[str]:
    """The procedure codes among the *texts* of a key; the others are noted in the section as faults."""
    codes = []
    for number, text in enumerate(texts):
        if code := base_code(text):
            codes.append(code)
        else:
            words = _("mã thủ tục “%(code)s” phải có dạng 1.000894.") % {"code": shown(text)}
            section.report(words, key, number)
    return codes


@lru_cache(maxsize=512)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))
