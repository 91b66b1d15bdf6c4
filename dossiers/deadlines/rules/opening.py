"""Whether an office is open at a moment, and the days on which it keeps other hours than its weekday says."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dossiers.deadlines.rules.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of an office: open until `until`, or closed until then. `until` is in the calendar's zone."""

    is_open: bool
    until: datetime


def opening_at(calendar: WorkCalendar, moment: datetime) -> Opening:
    """The state at an aware moment. The break between two sessions is closed; a session's last minute is open.

    Raises CalendarError where the calendar's years end.
    """
    now = calendar.local(moment)
    today = now.date()
    if calendar.is_open_day(today):
        for start, end in calendar.sessions:
            if now.time() < start:
                return Opening(False, datetime.combine(today, start, calendar.tz))
            if now.time() < end:
                return Opening(True, datetime.combine(today, end, calendar.tz))
    return Opening(False, calendar.opening(calendar.next_open_day(today)))


def exceptional_days(calendar: WorkCalendar, first: date, count: int) -> list[date]:
    """Of so many days from the first one: those closed against their weekday, and those open against it."""
    days = (first + timedelta(number) for number in range(count))
    return [day for day in days if calendar.is_open_day(day) != (day.isoweekday() in calendar.weekdays)]
