"""Terms and due dates: derived from the receipt, the term, the calendar and the events, never typed.

Everything is recomputed from its causes, so the order in which they became known does not matter.
"""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dossiers.deadlines.rules.calendar import COUNTS, CUTOFF_TIME, WorkCalendar
from tenants.refusals import RuleError
from tenants.validation import gettext_noop

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
    """The rules that shaped a due date and of which no other field of it tells."""

    PROMISED = "promised"
    AT_NEXT_OPENING = "at_next_opening"
    AFTER_CUTOFF = "after_cutoff"
    SAME_DAY_AFTER_CUTOFF = "same_day_after_cutoff"
    FIRST_DAY_NOT_COUNTED = "first_day_not_counted"
    MONTH_END = "month_end"


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
    rules: tuple[Rule, ...] = ()
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


Passed = tuple[tuple[tuple[date, str], ...], frozenset[int], tuple[date, ...]]

_WHOLE_DAYS = (TermUnit.CALENDAR_DAY, TermUnit.MONTH)
_NOTHING_PASSED: Passed = ((), frozenset(), ())


class ExtensionError(RuleError):
    """A re-appointment that the rules do not allow."""


@dataclass(frozen=True, slots=True)
class _Count:
    """A term run down: pauses matter in [starts, used_up), and the due moment is at or after the latter."""

    starts: datetime
    used_up: datetime
    due: datetime
    rules: tuple[Rule, ...] = ()
    last_day: date | None = None


def compute(
    received: datetime,
    term: Term | None,
    calendar: WorkCalendar,
    *,
    pauses: Sequence[Pause] = (),
    restarted_at: datetime | None = None,
    extension: Extension | None = None,
    promise: Promise | None = None,
) -> Deadline:
    """Count the due date of a dossier.

    - A receipt on a closed day or after closing counts as made at the next opening; where the province's
      dated 15:00 rule is `counts`, so does one after 15:00.
    - Working days: the first day is not counted (Bộ luật Dân sự 2015, Điều 147.2); due at closing of the
      day on which N full openings have run. A pause later on that day, after the last running minute,
      moves nothing.
    - Calendar days and months: N days, or the same day N months on (or that month's last); on a closed
      day the next working day (Điều 148.5); at closing. Here a day is 24 hours of running time from the
      midnight after the receipt, so a pause moves the end by its own length, rounded up to whole days
      over all pauses together, and the due moment never falls inside a pause.
    - Hours: opening hours from the receipt on, to the minute. Same day: closing of that day, or of the
      next working day after 15:00; a pause moves it by the openings it takes to make the lost time up.
    - `restarted_at` begins the term anew from that receipt; pauses before it no longer matter and one
      still open then is over. An extension decided before the restart belongs to the old count.
    - An extension never shortens: the later of its date and the counted one holds. Whether it may be
      given is asked of `check_extension`.
    - A `promise` of another system takes the place of the counted date, also without a term, until a
      restart begins the count anew.

    Pauses may come in any order, touch and overlap. Moments may be in any zone and are cut to the minute,
    as the receipt prints them. See `Deadline` for when `due` is None. Raises ValueError for a naive
    moment, a pause that ends before it starts, or a restart before the receipt, and CalendarError for a
    date beyond the calendar's reach.
    """
    received = calendar.local(received)
    begun = received
    if restarted_at is not None:
        restarted_at = begun = calendar.local(restarted_at)
        if restarted_at < received:
            raise ValueError("a restart cannot come before the receipt")
    stops, paused_since = merged(pauses, restarted_at, calendar)
    counted_from, rules = _counted_from(begun, calendar)
    if restarted_at:
        promise = None
    if promise:
        counted_from, rules = received, (Rule.PROMISED,)
        count, stops = _promised(promise, stops, calendar)
    elif term is not None:
        count = _count(counted_from, term, stops, calendar)
    else:
        return Deadline(
            None, received, counted_from, None, suspended_since=paused_since, restarted_at=restarted_at
        )

    due, used_up = count.due, count.used_up
    extension = _holding(extension, restarted_at, calendar)
    if extension:
        used_up = _extended(extension, count.due, stops, calendar)
        due = calendar.closing(used_up.date())
        if due <= count.due:
            due, used_up, extension = count.due, count.used_up, None
    if paused_since is not None and paused_since >= used_up:
        paused_since = None
    days_count = promise or term is None or term.unit in _WHOLE_DAYS
    unknown = (year for year in range(received.year, due.year + 1) if not calendar.knows(year))
    holidays, rest_days, makeup_days = _NOTHING_PASSED
    if not days_count:
        holidays, rest_days, makeup_days = _passed(counted_from.date(), count.due.date(), calendar)
    return Deadline(
        term=term,
        received=received,
        counted_from=counted_from,
        due=None if paused_since else due,
        rules=(*rules, *count.rules),
        # The pauses that took running time away, for the explanation.
        pauses=tuple(
            Pause(start, end)
            for start, end in stops
            if start < used_up
            and end > count.starts
            and (days_count or calendar.working_minutes(max(start, count.starts), end))
        ),
        suspended_since=paused_since,
        restarted_at=restarted_at,
        extension=extension,
        holidays=holidays,
        rest_days=rest_days,
        makeup_days=makeup_days,
        last_day=count.last_day,
        last_day_holiday=calendar.days_off.get(count.last_day, "") if count.last_day else "",
        unknown_year=None if promise else next(unknown, None),
        cutoff=calendar.cutoff(begun.date())[1],
    )


def check_extension(
    current_due: datetime,
    extension: Extension,
    decided_at: datetime,
    calendar: WorkCalendar,
    *,
    given_before: int = 0,
) -> None:
    """Whether a re-appointment may be given; ExtensionError says in Vietnamese why not.

    One per dossier, with a reason, to an open day later than the current due date, decided at latest one
    working day before it (after NĐ 61/2018/NĐ-CP, Điều 19.9). ValueError when naive.
    """
    current_due, due = calendar.local(current_due), calendar.local(extension.due)
    decided_at = calendar.local(decided_at)
    if given_before:
        raise ExtensionError(gettext_noop("Hồ sơ này đã hẹn lại; mỗi hồ sơ chỉ được hẹn lại một lần."))
    if not extension.reason.strip():
        raise ExtensionError(gettext_noop("Xin ghi lý do hẹn lại."))
    if due.date() <= current_due.date():
        raise ExtensionError(
            gettext_noop("Ngày hẹn mới phải sau ngày hẹn hiện tại %(day)s."), day=f"{current_due:%d/%m/%Y}"
        )
    if reason := calendar.why_closed(due.date()):
        raise ExtensionError(
            gettext_noop("Ngày hẹn mới %(day)s là ngày nghỉ (%(reason)s)."),
            day=f"{due:%d/%m/%Y}",
            reason=reason,
        )
    if calendar.open_days_between(decided_at.date(), current_due.date()) < 1:
        raise ExtensionError(
            gettext_noop("Phải quyết định hẹn lại chậm nhất một ngày làm việc trước ngày hẹn %(day)s."),
            day=f"{current_due:%d/%m/%Y}",
        )


def working_days_left(now: datetime, due: datetime, calendar: WorkCalendar) -> int:
    """Open days left until the due day: 0 on that day, at most -1 once the due moment has passed.

    Lateness is counted in open days and its first day counts as one, also right after closing.
    """
    now, due = calendar.local(now), calendar.local(due)
    if now > due:
        return -max(1, calendar.open_days_between(due.date(), now.date()))
    return calendar.open_days_between(now.date(), due.date())


def _counted_from(moment: datetime, calendar: WorkCalendar) -> tuple[datetime, tuple[Rule, ...]]:
    """When a receipt counts as made, and the rule that moved it."""
    day = moment.date()
    if not calendar.is_open_day(day) or moment > calendar.closing(day):
        return calendar.opening(calendar.next_open_day(day)), (Rule.AT_NEXT_OPENING,)
    rule, last = calendar.cutoff(day)
    if rule == COUNTS and moment.time() > last:
        return calendar.opening(calendar.next_open_day(day)), (Rule.AFTER_CUTOFF,)
    return moment, ()


def _count(counted_from: datetime, term: Term, stops: Sequence[Span], calendar: WorkCalendar) -> _Count:
    """Run the term down from the moment the receipt counts from."""
    today = counted_from.date()
    if term.unit is TermUnit.WORKING_DAY:
        starts = calendar.opening(calendar.next_open_day(today))
        used_up = use_up(starts, term.value * calendar.minutes_per_day, stops, calendar)
        return _Count(starts, used_up, calendar.closing(used_up.date()), (Rule.FIRST_DAY_NOT_COUNTED,))
    if term.unit is TermUnit.HOUR:
        used_up = use_up(counted_from, term.value * 60, stops, calendar)
        return _Count(counted_from, used_up, used_up)
    if term.unit is TermUnit.SAME_DAY:
        starts = counted_from
        rules: tuple[Rule, ...] = ()
        # What waits when an office opens is not late, even where it opens after the cutoff.
        late = counted_from.time() > calendar.cutoff(today)[1] and counted_from > calendar.opening(today)
        if late or counted_from >= calendar.closing(today):
            starts, rules = calendar.opening(calendar.next_open_day(today)), (Rule.SAME_DAY_AFTER_CUTOFF,)
        minutes = calendar.working_minutes(starts, calendar.closing(starts.date()))
        used_up = use_up(starts, minutes, stops, calendar)
        return _Count(starts, used_up, calendar.closing(used_up.date()), rules)

    rules = (Rule.FIRST_DAY_NOT_COUNTED,)
    last_day = today + timedelta(days=term.value)
    if term.unit is TermUnit.MONTH:
        last_day = months_on(today, term.value)
        if last_day.day != today.day:
            rules += (Rule.MONTH_END,)
    starts = calendar.midnight(today + timedelta(days=1))
    last_day = last_calendar_day(starts, last_day, stops, calendar)
    due = calendar.closing(calendar.first_open_day(last_day))
    return _Count(starts, due, due, rules, None if last_day == due.date() else last_day)


def _holding(
    extension: Extension | None, restarted_at: datetime | None, calendar: WorkCalendar
) -> Extension | None:
    """The extension in the calendar's zone, up to closing of its day; None if it is from before a restart."""
    if extension is None:
        return None
    due = calendar.closing(calendar.first_open_day(calendar.local(extension.due).date()))
    decided_at = None if extension.decided_at is None else calendar.local(extension.decided_at)
    if restarted_at and decided_at and decided_at < restarted_at:
        return None
    return Extension(due, extension.reason, decided_at)


def _extended(
    extension: Extension, counted_due: datetime, stops: Sequence[Span], calendar: WorkCalendar
) -> datetime:
    """Closing of the extension's day, moved on by the pauses that began after it was given."""
    since = extension.decided_at or counted_due
    minutes = calendar.working_minutes(since, extension.due)
    return use_up(since, minutes, stops, calendar) if minutes else extension.due


def _promised(promise: Promise, stops: Sequence[Span], calendar: WorkCalendar) -> tuple[_Count, list[Span]]:
    """The date of another system, moved by what happened since we keep it, and the pauses since then."""
    since, due = calendar.local(promise.since), calendar.local(promise.due)
    later = [(max(start, since), end) for start, end in stops if end > since]
    minutes = calendar.working_minutes(since, due)
    if later and minutes:
        due = max(due, calendar.closing(use_up(since, minutes, later, calendar).date()))
    return _Count(since, due, due), later


def _passed(first: date, last: date, calendar: WorkCalendar) -> Passed:
    """The days in (first, last] by kind: named days off, weekdays of rest, and days worked instead."""
    holidays, rest_days = [], set()
    for day in calendar.closed_days_between(first, last):
        weekday = day.isoweekday()
        if weekday in calendar.weekdays:
            holidays.append((day, calendar.days_off[day]))
        else:
            rest_days.add(weekday)
    makeup_days = sorted(day for day in calendar.makeup_days if first < day <= last)
    return tuple(holidays), frozenset(rest_days), tuple(makeup_days)
