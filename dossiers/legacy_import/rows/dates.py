"""Dates of an old system: how it writes them, said once in the mapping file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from tenants import clock
from tenants.validation import fault, gettext_noop
from tenants.validation import shown as shown_text

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
_DAY = {"year", "month", "day"}
_UNCLEAR = gettext_noop("dạng ngày “%(text)s”: không hiểu “%(part)s”; viết như dd/MM/yyyy HH:mm:ss.")
_INCOMPLETE = gettext_noop("dạng ngày “%(text)s”: phải có đủ ngày, tháng, năm; viết như dd/MM/yyyy HH:mm:ss.")


class NotADate(ValueError):
    """A cell that is no date in any of the formats."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time in Viet Nam, to the minute. Midnight stands for the day alone: so systems write it."""

    at: datetime

    @property
    def is_whole_day(self) -> bool:
        return self.at.time() == time(0)


class DateFormat:
    """A format such as `dd/MM/yyyy HH:mm:ss`; a single letter (`d/M/yyyy`) takes one digit or two."""

    def __init__(self, text: str) -> None:
        """Raises ValueError with a sentence, as a validator does."""
        pattern, parts = [], list[str]()
        for piece in _TOKEN.findall(text):
            if piece in _PARTS:
                name, digits = _PARTS[piece]
                if name in parts:
                    raise fault(_UNCLEAR, text=shown_text(text), part=piece)
                parts.append(name)
                pattern.append(f"({digits})")
            elif piece.isalpha() and piece != "T":
                raise fault(_UNCLEAR, text=shown_text(text), part=piece)
            else:
                pattern.append(re.escape(piece))
        if not set(parts) >= _DAY or ("minute" in parts and "hour" not in parts):
            raise fault(_INCOMPLETE, text=shown_text(text))
        self.text = text
        self._names = tuple(parts)
        self._match = re.compile("".join(pattern)).fullmatch

    def read(self, text: str) -> Moment | None:
        """The moment that this text tells, None when it is not in this format or names no real day."""
        found = self._match(text)
        if found is None:
            return None
        part = dict(zip(self._names, map(int, found.groups()), strict=True))
        try:
            at = datetime(
                part["year"],
                part["month"],
                part["day"],
                part.get("hour", 0),
                part.get("minute", 0),
                tzinfo=clock.VIETNAM,
            )
        except ValueError:
            return None
        if part.get("second", 0) > 59:
            return None
        return Moment(at)


def read_moment(value: object, formats: Iterable[DateFormat]) -> Moment:
    """A cell as a moment: text in the first format that fits, or a date of a spreadsheet.

    Seconds are cut: what people are told is told to the minute. Raises NotADate.
    """
    if isinstance(value, str):
        for one in formats:
            if moment := one.read(value):
                return moment
        raise NotADate
    if isinstance(value, int | float) and not isinstance(value, bool):
        from openpyxl.utils.datetime import from_excel  # slow to import

        try:
            value = from_excel(value)
        except (ValueError, OverflowError) as error:
            raise NotADate from error
    if isinstance(value, datetime):
        return Moment(value.replace(second=0, microsecond=0, tzinfo=clock.VIETNAM))
    if isinstance(value, date):
        return Moment(datetime.combine(value, time(0), clock.VIETNAM))
    raise NotADate


def shown(formats: Sequence[DateFormat]) -> str:
    """The formats as a list for people."""
    return ", ".join(one.text for one in formats)
