"""Dates of an old system: how it writes them, said once in the mapping file."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.row_errors import Unclear
from tenants import clock
from tenants.validation import fault, gettext_noop, shown

_PARTS = {
    "yyyy": ("year", "[0-9]{4}"),
    "MM": ("month", "[0-9]{2}"),
    "M": ("month", "[0-9]{1,2}"),
    "dd": ("day", "[0-9]{2}"),
    "d": ("day", "[0-9]{1,2}"),
    "HH": ("hour", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "mm": ("minute", "[0-9]{2}"),
    "ss": ("second", "[0-9]{2}"),
}
_TOKEN = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)) + r"|T|[A-Za-z]+|.", re.DOTALL)
_UNCLEAR = gettext_noop("dạng ngày “%(text)s”: không hiểu “%(part)s”; viết như dd/MM/yyyy HH:mm:ss.")
_INCOMPLETE = gettext_noop("dạng ngày “%(text)s”: phải có đủ ngày, tháng, năm; viết như dd/MM/yyyy HH:mm:ss.")


class DateFormat:
    """A format such as `dd/MM/yyyy HH:mm:ss`; a single letter (`d/M/yyyy`) takes one digit or two."""

    def __init__(self, text: str) -> None:
        """Raises ValueError with a sentence, as a validator does."""
        pattern, names = "", set[str]()
        for piece in _TOKEN.findall(text):
            name, digits = _PARTS.get(piece, ("", ""))
            if name in names or (not name and piece.isalpha() and piece != "T"):
                raise fault(_UNCLEAR, text=shown(text), part=piece)
            names |= {name} - {""}
            pattern += f"(?P<{name}>{digits})" if name else re.escape(piece)
        if not names >= {"year", "month", "day"} or ("minute" in names and "hour" not in names):
            raise fault(_INCOMPLETE, text=shown(text))
        self.text = text
        self._pattern = re.compile(pattern)

    def read(self, text: str) -> datetime | None:
        """The moment that this text tells, to the minute in Viet Nam; None when it is not in this format or names
        no real day."""
        if not (found := self._pattern.fullmatch(text)):
            return None
        parts: dict[str, Any] = {name: int(digits) for name, digits in found.groupdict().items()}
        try:
            return datetime(**parts, tzinfo=clock.VIETNAM).replace(second=0)
        except ValueError:
            return None


def is_whole_day(moment: datetime) -> bool:
    """Midnight stands for the day alone: so systems write it."""
    return moment.time() == time(0)


def read_moment(value: object, formats: Sequence[DateFormat]) -> datetime:
    """A cell as a moment in Viet Nam: text in the first format that fits, or a date of a spreadsheet.

    Seconds are cut: people read times to the minute. Raises Unclear.
    """
    if isinstance(value, str):
        value = next((moment for one in formats if (moment := one.read(value))), None)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        from openpyxl.utils.datetime import from_excel  # slow to import

        try:
            value = from_excel(value)
        except (ValueError, OverflowError):
            value = None
    if isinstance(value, datetime):
        return value.replace(second=0, microsecond=0, tzinfo=clock.VIETNAM)
    if isinstance(value, date):
        return datetime.combine(value, time(0), clock.VIETNAM)
    shapes = ", ".join(one.text for one in formats)
    raise Unclear(_("không phải ngày ở dạng %(formats)s") % {"formats": shapes})
