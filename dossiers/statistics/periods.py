"""Days and months that figures are kept for."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from tenants import clock

MONTHS_KEPT_FRESH = 13
"""A year's columns and the same month of the year before."""


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar day or month in Viet Nam. `start` is its first day; raises ValueError for another."""

    unit: Literal["day", "month"]
    start: date

    def __post_init__(self) -> None:
        if self.unit not in ("day", "month") or (self.unit == "month" and self.start.day != 1):
            raise ValueError(f"not a period: {self.unit} {self.start}")

    @property
    def last(self) -> date:
        """Its last day."""
        return self.start if self.unit == "day" else month_end(self.start)

    @classmethod
    def month(cls, day: date) -> "Period":
        """The month in which that day lies."""
        return cls("month", day.replace(day=1))


def present_periods(today: date) -> list[Period]:
    """What is still running: that day and its month."""
    return [Period("day", today), Period.month(today)]


def past_periods(today: date) -> list[Period]:
    """What a night counts again: the day before, and the months of a year back.

    Their events stand, but history brought in from an older system may still add to them.
    """
    months, month = [], Period.month(today)
    for _ in range(MONTHS_KEPT_FRESH):
        months.append(month)
        month = Period.month(month.start - timedelta(days=1))
    return [Period("day", today - timedelta(days=1)), *months]


def months_between(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The months from the first to the last day, the outer ones cut to them."""
    while first <= last:
        end = min(month_end(first), last)
        yield first, end
        first = end + timedelta(days=1)


def month_end(day: date) -> date:
    """The last day of that day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def beginning(day: date) -> datetime:
    """Midnight in Viet Nam."""
    return datetime.combine(day, time(0), clock.VIETNAM)


def end(day: date) -> datetime:
    """The last moment of that day, to the microsecond of the database."""
    return beginning(day + timedelta(days=1)) - timedelta(microseconds=1)
