"""The days from receipt to due date one by one: what each of them counts as."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import Deadline, Rule, TermUnit


class DayKind(StrEnum):
    """What a day counts as. ADDED is an open day after the term was used up: of a re-appointment."""

    RECEIVED = "received"
    COUNTED = "counted"
    CLOSED = "closed"
    PAUSED = "paused"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Day:
    """One day in the calendar's zone. `number` is how many whole days of the term have run by its end; `holiday`
    the name of a day off, empty for weekly rest."""

    date: date
    kind: DayKind
    number: int
    holiday: str = ""
    is_due: bool = False


def day_by_day(deadline: Deadline, calendar: WorkCalendar) -> list[Day]:
    """Every day from the receipt to the due date.

    Empty where days do not explain the date: other units than working days, no date, or one that another
    system promised.
    """
    term, due = deadline.term, deadline.due
    if (
        term is None
        or term.unit is not TermUnit.WORKING_DAY
        or due is None
        or Rule.PROMISED in deadline.rules
    ):
        return []
    first = deadline.counted_from.date()
    found, minutes = [Day(first, DayKind.RECEIVED, 0)], 0
    whole = term.value * calendar.minutes_per_day
    while found[-1].date < due.date():
        day = found[-1].date + timedelta(days=1)
        used_up = minutes >= whole
        ran = _minutes(day, deadline, calendar)
        minutes += ran
        if not calendar.is_open_day(day):
            kind = DayKind.CLOSED
        elif used_up:
            kind = DayKind.ADDED
        else:
            kind = DayKind.COUNTED if ran else DayKind.PAUSED
        number = min(minutes // calendar.minutes_per_day, term.value)
        found.append(Day(day, kind, number, calendar.days_off.get(day, ""), day == due.date()))
    return found


def _minutes(day: date, deadline: Deadline, calendar: WorkCalendar) -> int:
    """The opening minutes of a day outside the pauses."""
    opens, closes = calendar.midnight(day), calendar.midnight(day + timedelta(days=1))

    def within(start: datetime, end: datetime) -> int:
        return calendar.working_minutes(max(start, opens), min(end, closes))

    stood = sum(within(pause.start, pause.end) for pause in deadline.pauses if pause.end is not None)
    return within(opens, closes) - stood
