"""Days, months, quarters and years that figures are kept for."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from tenants import clock

Unit = Literal["day", "month", "quarter", "year"]

MONTHS_KEPT_FRESH = 13
"""A year's columns and the same month of the year before."""
QUARTERS_KEPT_FRESH = 5
YEARS_KEPT_FRESH = 2
SUNDAY = 6

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_PARTS: Mapping[str, Unit] = {"year": "quarter", "quarter": "month"}
_KEY = re.compile(r"(?P<year>[0-9]{4})(?:-q(?P<quarter>[1-4])|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar day, month, quarter or year in Viet Nam. `start` is its first day; raises ValueError for
    another."""

    unit: Unit
    start: date

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit) or self.start != _first_day(self.unit, self.start):
            raise ValueError(f"not a period: {self.unit} {self.start}")

    @property
    def last(self) -> date:
        if self.unit == "day":
            return self.start
        return month_end(self.start.replace(month=self.start.month + _MONTHS_IN[self.unit] - 1))

    @property
    def previous(self) -> "Period":
        """The one before it, of the same length."""
        return Period.of(self.unit, self.start - timedelta(days=1))

    @property
    def parts(self) -> "tuple[Period, ...]":
        """The quarters of a year, the months of a quarter; a month or a day has none."""
        if self.unit not in _PARTS:
            return ()
        unit = _PARTS[self.unit]
        step, months = _MONTHS_IN[unit], _MONTHS_IN[self.unit]
        first = self.start.month
        return tuple(
            Period(unit, self.start.replace(month=month)) for month in range(first, first + months, step)
        )

    @property
    def with_parts(self) -> "tuple[Period, ...]":
        return (self, *(one for part in self.parts for one in part.with_parts))

    @property
    def key(self) -> str:
        """Its name in addresses and files: "2026-11-25", "2026-11", "2026-q4", "2026"."""
        match self.unit:
            case "year":
                return f"{self.start:%Y}"
            case "quarter":
                return f"{self.start:%Y}-q{self.start.month // 3 + 1}"
            case "month":
                return f"{self.start:%Y-%m}"
        return f"{self.start:%Y-%m-%d}"

    @classmethod
    def from_key(cls, key: str) -> "Period":
        """The reverse of `key`; raises ValueError."""
        found = _KEY.fullmatch(key)
        if found is None:
            raise ValueError(f"not a period: {key!r}")
        year = int(found["year"])
        if found["quarter"]:
            return cls("quarter", date(year, 3 * int(found["quarter"]) - 2, 1))
        if found["day"]:
            return cls("day", date(year, int(found["month"]), int(found["day"])))
        return (
            cls("month", date(year, int(found["month"]), 1))
            if found["month"]
            else cls("year", date(year, 1, 1))
        )

    @classmethod
    def of(cls, unit: Unit, day: date) -> "Period":
        """The day, month, quarter or year in which that day lies."""
        return cls(unit, _first_day(unit, day))

    @classmethod
    def month(cls, day: date) -> "Period":
        return cls.of("month", day)


def present_periods(today: date) -> list[Period]:
    """The running periods: that day and its month."""
    return [Period("day", today), Period.month(today)]


def periods_of_the_night(today: date) -> list[Period]:
    """Those of `past_periods` that this night counts again: what runs or ended in the week before, on Sundays all.

    Their events stand: only history brought in from an older system adds to them, and it has them counted itself.
    """
    found = past_periods(today)
    if today.weekday() == SUNDAY:
        return found
    return [period for period in found if period.last >= today - timedelta(days=7)]


def past_periods(today: date) -> list[Period]:
    """The day before, a year of months, and their quarters and years.

    A running quarter or year is as fresh as the last night: an hour adds little to it.
    """
    kept: tuple[tuple[Unit, int], ...] = (
        ("month", MONTHS_KEPT_FRESH),
        ("quarter", QUARTERS_KEPT_FRESH),
        ("year", YEARS_KEPT_FRESH),
    )
    found = [Period("day", today - timedelta(days=1))]
    for unit, number in kept:
        period = Period.of(unit, today)
        for _ in range(number):
            found.append(period)
            period = period.previous
    return found


def _first_day(unit: str, day: date) -> date:
    """The first day of the period that holds that day; the day itself for an unknown unit."""
    months = _MONTHS_IN.get(unit)
    return day.replace(month=(day.month - 1) // months * months + 1, day=1) if months else day


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def end(day: date) -> datetime:
    """The last moment of that day, to the microsecond of the database."""
    return clock.beginning(day + timedelta(days=1)) - timedelta(microseconds=1)
