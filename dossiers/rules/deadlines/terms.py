"""The parts of a due date: the term, its pauses and extensions, the result, and the arithmetic of pauses."""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dossiers.rules import RuleError, gettext_noop
from dossiers.rules.deadlines.calendar import CUTOFF_TIME, WorkCalendar

LONGEST_TERM = 3650


class TermError(RuleError):
    """A term that cannot be counted."""


class TermUnit(StrEnum):
    """In what a term is measured."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    HOUR = "hour"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True)
class Term:
    """A term for settling. `value` counts units from 1 to 3,650; for SAME_DAY it means nothing (0 is usual).

    Raises TermError for other values.
    """

    value: int
    unit: TermUnit

    def __post_init__(self) -> None:
        if self.unit is not TermUnit.SAME_DAY and not 1 <= self.value <= LONGEST_TERM:
            raise TermError(
                gettext_noop("Thời hạn phải từ 1 đến %(longest)s, không phải %(value)s."),
                longest=LONGEST_TERM,
                value=self.value,
            )


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still in [start, end); `end` None means that it still does."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The one re-appointment: a new date with its reason; the day of `due` counts, up to closing.

    With `decided_at`, pauses after that moment move the new date too; without it, those after the earlier
    due date do.
    """

    due: datetime
    reason: str
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A date that another system printed on a receipt, and the moment since which we keep it: it stands as
    it is, earlier or later than the term would give, moved only by pauses after `since`."""

    due: datetime
    since: datetime


class Rule(StrEnum):
    """The rules that shaped a due date, in the order in which they are explained."""

    NO_TERM = "no_term"
    PROMISED = "promised"
    AT_NEXT_OPENING = "at_next_opening"
    AFTER_CUTOFF = "after_cutoff"
    SAME_DAY_AFTER_CUTOFF = "same_day_after_cutoff"
    RESTARTED = "restarted"
    FIRST_DAY_NOT_COUNTED = "first_day_not_counted"
    MONTH_END = "month_end"
    LAST_DAY_CLOSED = "last_day_closed"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    EXTENDED = "extended"
    CALENDAR_UNKNOWN = "calendar_unknown"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date and how it came about. All moments are in the calendar's zone, to the minute.

    `due` is None in two cases: `term` is None (nothing is prescribed, nothing is ever late), or
    `suspended_since` is set (a pause that began before the term was used up has not ended, so the date is
    not known; the date promised before is shown as suspended). A pause that began after the term was used
    up suspends nothing, so the date stands and the dossier may be late.

    `counted_from` is the moment at which the receipt counts as made. `holidays` are the named days off and
    `rest_days` the weekdays (ISO numbers) that were passed over, `makeup_days` the ones that were worked
    instead. `last_day` is the closed day on which calendar days or months ran out, if they did on one. `cutoff`
    is the time of day that the 15:00 rule named on the day of receipt.
    """

    term: Term | None
    received: datetime
    counted_from: datetime
    due: datetime | None
    rules: tuple[Rule, ...]
    pauses: tuple[Pause, ...] = ()
    suspended_since: datetime | None = None
    restarted_at: datetime | None = None
    extension: Extension | None = None
    holidays: tuple[tuple[date, str], ...] = ()
    rest_days: frozenset[int] = frozenset()
    makeup_days: tuple[date, ...] = ()
    last_day: date | None = None
    last_day_holiday: str = ""
    unknown_year: int | None = None
    cutoff: time = CUTOFF_TIME


Span = tuple[datetime, datetime]
"""A half-open stretch of time in the calendar's zone."""


def merged(
    pauses: Sequence[Pause], restarted_at: datetime | None, calendar: WorkCalendar
) -> tuple[list[Span], datetime | None]:
    """The closed pauses, joined and in order, and since when one is open, which hides what follows it."""
    spans: list[Span] = []
    open_since: datetime | None = None
    for pause in pauses:
        start = calendar.local(pause.start)
        if pause.end is None:
            # A restart means that the papers came: what stood open before it has ended.
            if restarted_at is None or start >= restarted_at:
                open_since = start if open_since is None else min(open_since, start)
            continue
        end = calendar.local(pause.end)
        if end < start:
            raise ValueError("a pause cannot end before it starts")
        spans.append((max(start, restarted_at) if restarted_at else start, end))
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end or (open_since is not None and start >= open_since):
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined, open_since


def use_up(start: datetime, minutes: int, stops: Sequence[Span], calendar: WorkCalendar) -> datetime:
    """The moment at which so many running minutes (at least one) have passed since `start`.

    Running is every opening minute outside the stops, which are disjoint and in order.
    """
    for stop_start, stop_end in stops:
        if stop_end <= start:
            continue
        if calendar.working_minutes(start, stop_start) >= minutes:
            break
        minutes += calendar.working_minutes(max(start, stop_start), stop_end)
    return calendar.add_working_minutes(start, minutes)


def months_on(day: date, count: int) -> date:
    """The same day of the month so many months on, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def last_calendar_day(
    starts: datetime, last_day: date, stops: Sequence[Span], calendar: WorkCalendar
) -> date:
    """The calendar day on which a term of whole days ends when time inside the pauses does not run."""

    def day_before(end: datetime) -> date:
        return (end - timedelta(minutes=1)).date()

    def due(end: datetime) -> datetime:
        return calendar.closing(calendar.first_open_day(day_before(end)))

    end = calendar.midnight(last_day + timedelta(days=1))
    for start, stop in stops:
        if stop <= starts:
            continue
        if start >= due(end):
            break
        if start < end:
            end += stop - max(start, starts)
        # The last day was closed and the pause falls into the working day that stands in for it, or the
        # pause ate up what was left of the last day: the term cannot end before the pause does. Just over
        # midnight, so that a longer term, which has more than that left, never ends earlier.
        while due(end) <= stop:
            end = calendar.midnight(due(end).date() + timedelta(days=1)) + timedelta(minutes=1)
    return day_before(end)
