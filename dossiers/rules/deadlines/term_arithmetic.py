"""How a term runs down: opening time outside the pauses, and calendar days that stand still with them."""

import calendar as months
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dossiers.rules.deadlines.calendar import WorkCalendar
from dossiers.rules.deadlines.terms import Pause

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
