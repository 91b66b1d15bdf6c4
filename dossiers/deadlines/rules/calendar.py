"""When an office is open: weekly rhythm, days off, make-up days, hours, the dated 15:00 rule; and its data."""

from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from tenants.refusals import RuleError
from tenants.validation import (
    ClockTime,
    Day,
    Fault,
    PlainText,
    Schema,
    fault,
    fault_at,
    gettext_noop,
    read,
)

NATIONAL_CALENDAR = Path(__file__).parents[1] / "data" / "national_calendar.yaml"
CUTOFF_TIME = time(15, 0)
"""Paper received after this moment is passed on the next working day (NĐ 309/2026/NĐ-CP, Điều 9), unless a
row of `cutoffs` names another."""

TRANSFER = "transfer"
COUNTS = "counts"
CUTOFF_RULES = (TRANSFER, COUNTS)
_USUAL_WEEKDAYS = frozenset({1, 2, 3, 4, 5})
_USUAL_SESSIONS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""In which days begin and offices open."""

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years outside are typing errors; within them no count runs long or leaves the calendar of Python."""

_TOO_FAR = gettext_noop("Lịch không tính được đến ngày xa như vậy.")
WEEKDAYS = (
    gettext_noop("thứ Hai"),
    gettext_noop("thứ Ba"),
    gettext_noop("thứ Tư"),
    gettext_noop("thứ Năm"),
    gettext_noop("thứ Sáu"),
    gettext_noop("thứ Bảy"),
    gettext_noop("Chủ nhật"),
)


class CalendarError(RuleError):
    """The data of a calendar are wrong, each fault with its place, or a count leads beyond the end of time."""

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(message, problems="\n".join(map(str, self.faults)))


_WRONG = gettext_noop("Lịch làm việc chưa đúng:\n%(problems)s")


def _with_usual_time(row: object) -> object:
    if not isinstance(row, list):
        return row
    return (*row, f"{CUTOFF_TIME:%H:%M}") if len(row) == 2 else tuple(row)


def _in_order(sessions: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    previous = time.min
    for number, (start, end) in enumerate(sessions):
        # Equal ends would be one session; a session past midnight has no meaning for an office.
        if not previous <= start < end:
            words = gettext_noop(
                "Buổi làm việc %(start)s–%(end)s không theo thứ tự hoặc chồng lên buổi trước."
            )
            raise fault_at([number], words, start=f"{start:%H:%M}", end=f"{end:%H:%M}")
        previous = end
    return sessions


def _one_a_day(cutoffs: tuple["Cutoff", ...]) -> tuple["Cutoff", ...]:
    days = [since for since, _rule, _time_of_day in cutoffs]
    for number, day in enumerate(days):
        if day in days[:number]:
            words = gettext_noop("Quy định 15 giờ có hai dòng cùng hiệu lực từ ngày %(day)s.")
            raise fault_at([number], words, day=f"{day:%d/%m/%Y}")
    return tuple(sorted(cutoffs))


Weekday = Annotated[int, Field(ge=1, le=7)]
NameOfDay = Annotated[PlainText, StringConstraints(strip_whitespace=True, max_length=200)]
Session = tuple[ClockTime, ClockTime]
Cutoff = Annotated[
    tuple[Day, Literal["transfer", "counts"], ClockTime],
    BeforeValidator(_with_usual_time),
    Field(json_schema_extra={"minItems": 2}),
]


class CalendarData(Schema):
    """A calendar as a file or a stored version holds it. Absent keys take the defaults."""

    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = _USUAL_WEEKDAYS
    days_off: dict[Day, NameOfDay] = {}
    makeup_days: frozenset[Day] = frozenset()
    sessions: Annotated[tuple[Session, ...], Field(min_length=1), AfterValidator(_in_order)] = _USUAL_SESSIONS
    cutoffs: Annotated[tuple[Cutoff, ...], AfterValidator(_one_a_day)] = ()

    @field_validator("makeup_days")
    @classmethod
    def _check_makeup_days(cls, days: frozenset[date], info: ValidationInfo) -> frozenset[date]:
        if both := sorted(days & info.data.get("days_off", {}).keys()):
            words = gettext_noop("Ngày %(day)s vừa là ngày nghỉ vừa là ngày làm bù.")
            raise fault(words, day=", ".join(f"{day:%d/%m/%Y}" for day in both))
        return days


@dataclass(frozen=True)
class WorkCalendar:
    """The working time of a province, as it was when a dossier was received.

    A make-up day is open although its weekday is not; a day off is closed although its weekday is open.
    `cutoffs` are (from date, rule, time of day) in order: `counts` lets a receipt after that time count from the
    next working day, `transfer` (which also holds before the first date) moves only the paper. A year without any day off in the data is an unknown year: it is counted by
    its weekdays alone, see `knows`.

    Made by `from_data`, which checks it. Treat `days_off` as read-only. What the calendar works out
    about a year is kept; threads that ask at once get the same answer.
    """

    weekdays: frozenset[int] = _USUAL_WEEKDAYS
    days_off: Mapping[date, str] = field(default_factory=dict, hash=False)
    makeup_days: frozenset[date] = frozenset()
    sessions: tuple[tuple[time, time], ...] = _USUAL_SESSIONS
    cutoffs: tuple[tuple[date, str, time], ...] = ()
    _years: dict[int, tuple[tuple[date, ...], tuple[date, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def minutes_per_day(self) -> int:
        return sum(end - start for start, end in self._hours)

    @cached_property
    def known_years(self) -> frozenset[int]:
        """The years of which days off have been entered."""
        return frozenset(day.year for day in self.days_off)

    @cached_property
    def _hours(self) -> tuple[tuple[int, int], ...]:
        return tuple((_minute(start), _minute(end)) for start, end in self.sessions)

    def local(self, moment: datetime) -> datetime:
        """The moment in the calendar's zone, to the minute, as a receipt prints it.

        Raises ValueError for a naive moment and CalendarError for a year that no dossier can have.
        """
        if moment.utcoffset() is None:
            raise ValueError(f"naive datetime: {moment!r}")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise CalendarError(_TOO_FAR)
        return moment.astimezone(ZONE).replace(second=0, microsecond=0)

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), ZONE)

    def knows(self, year: int) -> bool:
        """Whether the days off of a year have been entered."""
        return year in self.known_years

    def is_open_day(self, day: date) -> bool:
        if day in self.makeup_days:
            return True
        return day.isoweekday() in self.weekdays and day not in self.days_off

    def why_closed(self, day: date) -> str | None:
        """The name of the holiday or weekday that closes a day, in Vietnamese; None for an open day."""
        if self.is_open_day(day):
            return None
        return self.days_off.get(day) or WEEKDAYS[day.weekday()]

    def opening(self, day: date) -> datetime:
        """The start of the first session; it does not ask whether that day is open."""
        return datetime.combine(day, self.sessions[0][0], ZONE)

    def closing(self, day: date) -> datetime:
        """The end of the last session; it does not ask whether that day is open."""
        return datetime.combine(day, self.sessions[-1][1], ZONE)

    def next_open_day(self, day: date) -> date:
        return self._open_day(day.year, bisect_right(self._days_of(day.year)[0], day))

    def first_open_day(self, day: date) -> date:
        """The first open day on or after `day`."""
        return self._open_day(day.year, bisect_left(self._days_of(day.year)[0], day))

    def add_open_days(self, day: date, count: int) -> date:
        """The `count`-th open day after `day`; before it when negative; `day` itself for 0."""
        if count == 0:
            return day
        opens = self._days_of(day.year)[0]
        place = bisect_right(opens, day) + count - 1 if count > 0 else bisect_left(opens, day) + count
        return self._open_day(day.year, place)

    def open_days_between(self, start: date, end: date) -> int:
        """How many open days lie in (start, end]; negative when `end` comes first."""
        if end < start:
            return -self.open_days_between(end, start)
        days = bisect_right(self._days_of(end.year)[0], end) - bisect_right(
            self._days_of(start.year)[0], start
        )
        return days + sum(len(self._days_of(year)[0]) for year in range(start.year, end.year))

    def closed_days_between(self, start: date, end: date) -> list[date]:
        """The closed days in (start, end], in order."""
        found: list[date] = []
        for year in range(start.year, end.year + 1):
            closed = self._days_of(year)[1]
            found += closed[bisect_right(closed, start) : bisect_right(closed, end)]
        return found

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """The opening minutes in [start, end), both in the calendar's zone; 0 when `end` comes first."""
        if end <= start:
            return 0
        first, last = start.date(), end.date()
        # Whole days from the first to the day before the last, corrected by how far the two have gone.
        days = self.open_days_between(first, last) + self.is_open_day(first) - self.is_open_day(last)
        return days * self.minutes_per_day + self._opened(end) - self._opened(start)

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The moment at which so many opening minutes after `start` have passed.

        When they end with a session it is the end of that session, not the start of the next.
        """
        if minutes <= 0:
            return start
        today = start.date()
        days, left = divmod(self._opened(start) + minutes - 1, self.minutes_per_day)
        place = bisect_left(self._days_of(today.year)[0], today) + days
        left += 1
        for begin, finish in self._hours:
            if left <= finish - begin:
                break
            left -= finish - begin
        moment = begin + left
        return datetime.combine(self._open_day(today.year, place), time(moment // 60, moment % 60), ZONE)

    def cutoff(self, day: date) -> tuple[str, time]:
        """The 15:00 rule in force on a day, and the time of day that it names."""
        found = (TRANSFER, CUTOFF_TIME)
        for since, rule, moment in self.cutoffs:
            if since <= day:
                found = (rule, moment)
        return found

    def _opened(self, moment: datetime) -> int:
        """Opening minutes of its day before a moment; 0 on a closed day."""
        if not self.is_open_day(moment.date()):
            return 0
        now, opened = moment.hour * 60 + moment.minute, 0
        for begin, finish in self._hours:
            if now <= begin:
                break
            opened += min(now, finish) - begin
        return opened

    def _open_day(self, year: int, place: int) -> date:
        """The open day at a place counted from the first one of a year; the place may lie outside of it."""
        opens = self._days_of(year)[0]
        while place >= len(opens):
            place -= len(opens)
            year += 1
            opens = self._days_of(year)[0]
        while place < 0:
            year -= 1
            opens = self._days_of(year)[0]
            place += len(opens)
        return opens[place]

    def _days_of(self, year: int) -> tuple[tuple[date, ...], tuple[date, ...]]:
        """The open and the closed days of a year, each in order; CalendarError where dates end."""
        known = self._years.get(year)
        if known is None:
            if not MINYEAR <= year <= MAXYEAR:
                raise CalendarError(_TOO_FAR)
            first = date(year, 1, 1).toordinal()
            days = [date.fromordinal(first + n) for n in range(366 if isleap(year) else 365)]
            opens = tuple(day for day in days if self.is_open_day(day))
            closed = tuple(day for day in days if not self.is_open_day(day))
            # Two threads may both work it out: they put the same there.
            known = self._years[year] = (opens, closed)
        return known

    def to_data(self) -> dict[str, object]:
        """The calendar as JSON can hold it; `from_data` gives an equal calendar back."""
        return {
            "weekdays": sorted(self.weekdays),
            "days_off": {day.isoformat(): name for day, name in self.days_off.items()},
            "makeup_days": sorted(day.isoformat() for day in self.makeup_days),
            "sessions": [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in self.sessions],
            # Without the usual time, as nearly every province writes it.
            "cutoffs": [
                [f"{since}", rule, *([] if moment == CUTOFF_TIME else [f"{moment:%H:%M}"])]
                for since, rule, moment in self.cutoffs
            ],
        }

    @classmethod
    def from_data(cls, data: object) -> "WorkCalendar":
        """Read what `to_data` wrote, or what a province gives in its folder. Absent keys take the defaults.

        Raises CalendarError, with the place and the cause in Vietnamese, for anything else.
        """
        found, faults = read(CalendarData, data)
        if found is None:
            raise CalendarError(_WRONG, faults)
        return cls(**dict(found) | {"days_off": dict(sorted(found.days_off.items()))})


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
                return Opening(False, datetime.combine(today, start, ZONE))
            if now.time() < end:
                return Opening(True, datetime.combine(today, end, ZONE))
    return Opening(False, calendar.opening(calendar.next_open_day(today)))


def exceptional_days(calendar: WorkCalendar, first: date, count: int) -> list[date]:
    """Of so many days from the first one: those closed against their weekday, and those open against it."""
    days = (first + timedelta(number) for number in range(count))
    return [day for day in days if calendar.is_open_day(day) != (day.isoweekday() in calendar.weekdays)]


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
