"""Cells of an old system as text, and what spreadsheets did to them undone."""

import re
from datetime import date, datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from tenants.text.cleaning import damage_in, tidy

# Exports write ="0905000678" or '0905000678 so that a spreadsheet keeps the zero.
_GUARDED = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"[=@]|[+\-](?![0-9 ])")


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
