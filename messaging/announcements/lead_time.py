"""How many working days ahead a planned outage is announced, and how many the law wants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tenants import clock

WorkingDays = Callable[[date, date], int]
"""How many days offices of the present province work in (first, last]."""

# From this day on, so many working days ahead. NĐ 224/2026/NĐ-CP Đ.13.
REQUIRED: tuple[tuple[date, int], ...] = ((date(2026, 7, 1), 7),)

_count: list[WorkingDays] = []


@dataclass(frozen=True, slots=True)
class Lead:
    """Whole working days between the day of the announcement and that of the outage, and how many there should be."""

    days: int
    required: int

    @property
    def is_short(self) -> bool:
        return self.days < self.required


def count_with(working_days: WorkingDays) -> None:
    """Count by this function from now on: the room that knows the province's calendar leaves it here."""
    _count[:] = [working_days]


def lead(announced: datetime, starts: datetime) -> Lead:
    """How far ahead an outage that `starts` then is announced. Neither the day of the announcement nor that on which
    it begins counts: one that begins at half past midnight takes that day away."""
    first, begins = (moment.astimezone(clock.VIETNAM).date() for moment in (announced, starts))
    last = begins - timedelta(days=1)
    required = next((days for since, days in reversed(REQUIRED) if since <= first), 0)
    count = _count[0] if _count else _monday_to_friday
    return Lead(count(first, last) if last > first else 0, required)


def earliest(announced: datetime) -> date:
    """The first day on which an outage that is announced then may begin, with as many working days as the law
    wants."""
    day = announced.astimezone(clock.VIETNAM).date()
    while True:
        day += timedelta(days=1)
        starts = datetime.combine(day, announced.astimezone(clock.VIETNAM).timetz())
        if not lead(announced, starts).is_short:
            return day


def latest_day(announced: datetime, starts: datetime) -> date | None:
    """The last day on which an outage that `starts` then may be announced, with as many working days as the law
    wants; None when that is past if it is announced then."""
    if lead(announced, starts).is_short:
        return None
    day = announced
    while day < starts and not lead(day + timedelta(days=1), starts).is_short:
        day += timedelta(days=1)
    return day.astimezone(clock.VIETNAM).date()


def _monday_to_friday(first: date, last: date) -> int:
    return sum((first + timedelta(n)).weekday() < 5 for n in range(1, (last - first).days + 1))
