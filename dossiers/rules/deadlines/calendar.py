"""When an office is open: weekly rhythm, days off, make-up days, hours, the dated 15:00 rule; and its data."""

import re
from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dossiers.rules import RuleError
from tenants.validation import gettext_noop, shown

CUTOFF_TIME = time(15, 0)
"""Paper received after this moment is passed on the next working day (NĐ 309/2026/NĐ-CP, Điều 9), unless a
row of `cutoffs` names another."""

_KEYS = ("weekdays", "days_off", "makeup_days", "sessions", "cutoffs", "timezone")
_NAME_LIMIT = 200


class CalendarError(RuleError):
    """The data of a calendar is wrong, or a count leads beyond the end of time."""


def read(data: object) -> dict[str, object]:
    """The arguments of `WorkCalendar` that the data name, each of its type.

    Raises CalendarError, with the place and the cause in Vietnamese, for anything else.
    """
    if not isinstance(data, Mapping):
        raise CalendarError(gettext_noop("Lịch làm việc phải là một bảng các mục."))
    for key in data:
        if key not in _KEYS:
            raise CalendarError(gettext_noop("Lịch làm việc có mục lạ: “%(key)s”."), key=shown(key))
    given: dict[str, object] = {str(key): value for key, value in data.items()}
    found: dict[str, object] = {}
    if "weekdays" in given:
        found["weekdays"] = frozenset(_weekday(item) for item in _list(given["weekdays"], "weekdays"))
    if "days_off" in given:
        days_off = given["days_off"]
        if not isinstance(days_off, Mapping):
            raise CalendarError(gettext_noop("days_off phải là bảng: ngày và tên ngày nghỉ."))
        found["days_off"] = {_date(day, "days_off"): _name(name) for day, name in days_off.items()}
    if "makeup_days" in given:
        makeup_days = _list(given["makeup_days"], "makeup_days")
        found["makeup_days"] = frozenset(_date(item, "makeup_days") for item in makeup_days)
    if "sessions" in given:
        pairs = [_pair(item, "sessions") for item in _list(given["sessions"], "sessions")]
        found["sessions"] = tuple((_time(start, "sessions"), _time(end, "sessions")) for start, end in pairs)
    if "cutoffs" in given:
        rows = [_cutoff(item) for item in _list(given["cutoffs"], "cutoffs")]
        found["cutoffs"] = tuple(rows)
    if "timezone" in given:
        found["timezone"] = _text(given["timezone"])
    return found


def _list(value: object, key: str) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    raise CalendarError(gettext_noop("%(key)s phải là danh sách."), key=key)


def _pair(value: object, key: str) -> tuple[object, object]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value[0], value[1]
    raise CalendarError(gettext_noop("Mỗi dòng của %(key)s phải có đúng hai giá trị."), key=key)


def _cutoff(value: object) -> tuple[date, str, time]:
    if isinstance(value, list | tuple) and len(value) == 3:
        return _date(value[0], "cutoffs"), _text(value[1]), _time(value[2], "cutoffs")
    since, rule = _pair(value, "cutoffs")
    return _date(since, "cutoffs"), _text(rule), CUTOFF_TIME


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise CalendarError(gettext_noop("“%(value)s” phải là chữ."), value=shown(value))


def _name(value: object) -> str:
    name = _text(value).strip()
    if not name or len(name) > _NAME_LIMIT or not name.isprintable():
        raise CalendarError(
            gettext_noop("Tên ngày nghỉ “%(name)s” bị trống, quá dài hoặc có ký tự lạ."), name=shown(name)
        )
    return name


def _weekday(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise CalendarError(
        gettext_noop("weekdays: “%(value)s” phải là số từ 1 (thứ Hai) đến 7 (Chủ nhật)."), value=shown(value)
    )


def _date(value: object, key: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarError(
        gettext_noop("%(key)s: “%(value)s” không phải ngày viết theo dạng 2026-11-24."),
        key=key,
        value=shown(value),
    )


def _time(value: object, key: str) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise CalendarError(
        gettext_noop("%(key)s: “%(value)s” không phải giờ viết theo dạng 07:30."), key=key, value=shown(value)
    )


TRANSFER = "transfer"
COUNTS = "counts"
CUTOFF_RULES = (TRANSFER, COUNTS)

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years outside are typing errors; within them no count runs long or leaves the calendar of Python."""

_TOO_FAR = gettext_noop("Lịch không tính được đến ngày xa như vậy.")
_WEEKDAYS = (
    gettext_noop("thứ Hai"),
    gettext_noop("thứ Ba"),
    gettext_noop("thứ Tư"),
    gettext_noop("thứ Năm"),
    gettext_noop("thứ Sáu"),
    gettext_noop("thứ Bảy"),
    gettext_noop("Chủ nhật"),
)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working time of a province, as it was when a dossier was received.

    A make-up day is open although its weekday is not; a day off is closed although its weekday is open.
    `cutoffs` are (from date, rule) or (from date, rule, time of day), 15:00 when none is given: `counts` lets
    a receipt after that time count from the next working day, `transfer` (which also holds before the first
    date) moves only the paper. A year without any day off in the data is an unknown year: it is counted by
    its weekdays alone, see `knows`.

    Raises CalendarError for contradictory data. Treat `days_off` as read-only. What the calendar works out
    about a year is kept; threads that ask at once get the same answer.
    """

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    days_off: Mapping[date, str] = field(default_factory=dict, hash=False)
    makeup_days: frozenset[date] = frozenset()
    sessions: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
    cutoffs: tuple[tuple[date, str] | tuple[date, str, time], ...] = ()
    timezone: str = "Asia/Ho_Chi_Minh"
    tz: ZoneInfo = field(init=False, repr=False, compare=False)
    """The time zone in which days begin and offices open."""
    minutes_per_day: int = field(init=False, repr=False, compare=False)
    known_years: frozenset[int] = field(init=False, repr=False, compare=False)
    _hours: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)
    _years: dict[int, tuple[tuple[date, ...], tuple[date, ...]]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        _check(self)
        hours = tuple((_minute(start), _minute(end)) for start, end in self.sessions)
        derived = {
            "days_off": dict(sorted(self.days_off.items())),
            "cutoffs": tuple(sorted(_with_time(*row) for row in self.cutoffs)),
            "tz": ZoneInfo(self.timezone),
            "minutes_per_day": sum(end - start for start, end in hours),
            "known_years": frozenset(day.year for day in self.days_off),
            "_hours": hours,
            "_years": {},
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def local(self, moment: datetime) -> datetime:
        """The moment in the calendar's zone, to the minute, as a receipt prints it.

        Raises ValueError for a naive moment and CalendarError for a year that no dossier can have.
        """
        if moment.utcoffset() is None:
            raise ValueError(f"naive datetime: {moment!r}")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise CalendarError(_TOO_FAR)
        return moment.astimezone(self.tz).replace(second=0, microsecond=0)

    def midnight(self, day: date) -> datetime:
        """The first moment of a day."""
        return datetime.combine(day, time(0), self.tz)

    def knows(self, year: int) -> bool:
        """Whether the days off of a year have been entered."""
        return year in self.known_years

    def is_open_day(self, day: date) -> bool:
        """Whether the office works on that day."""
        if day in self.makeup_days:
            return True
        return day.isoweekday() in self.weekdays and day not in self.days_off

    def why_closed(self, day: date) -> str | None:
        """The name of the holiday or weekday that closes a day, in Vietnamese; None for an open day."""
        if self.is_open_day(day):
            return None
        return self.days_off.get(day) or _WEEKDAYS[day.weekday()]

    def opening(self, day: date) -> datetime:
        """The start of the first session; it does not ask whether that day is open."""
        return datetime.combine(day, self.sessions[0][0], self.tz)

    def closing(self, day: date) -> datetime:
        """The end of the last session; it does not ask whether that day is open."""
        return datetime.combine(day, self.sessions[-1][1], self.tz)

    def next_open_day(self, day: date) -> date:
        """The first open day strictly after `day`."""
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
        return datetime.combine(self._open_day(today.year, place), time(moment // 60, moment % 60), self.tz)

    def cutoff_rule(self, day: date) -> str:
        """The 15:00 rule in force on a day."""
        return self._cutoff(day)[0]

    def cutoff_time(self, day: date) -> time:
        """The time of day that the 15:00 rule names, as in force on a day."""
        return self._cutoff(day)[1]

    def _cutoff(self, day: date) -> tuple[str, time]:
        found = (TRANSFER, CUTOFF_TIME)
        for row in self.cutoffs:
            since, rule, moment = _with_time(*row)
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
            "cutoffs": [_cutoff_row(*row) for row in self.cutoffs],
            "timezone": self.timezone,
        }

    @classmethod
    def from_data(cls, data: object) -> "WorkCalendar":
        """Read what `to_data` wrote, or what a province gives in its folder. Absent keys take the defaults.

        Raises CalendarError, with the place and the cause in Vietnamese, for anything else.
        """
        return cls(**read(data))  # type: ignore[arg-type]  # each was read by its type


def _with_time(since: date, rule: str, moment: time = CUTOFF_TIME) -> tuple[date, str, time]:
    return since, rule, moment


def _cutoff_row(since: date, rule: str, moment: time = CUTOFF_TIME) -> list[str]:
    """The row as data; without the usual time, as nearly every province writes it."""
    row = [since.isoformat(), rule]
    return row if moment == CUTOFF_TIME else [*row, f"{moment:%H:%M}"]


def _check(calendar: WorkCalendar) -> None:
    if not calendar.weekdays or not calendar.weekdays <= set(range(1, 8)):
        raise CalendarError(gettext_noop("weekdays phải có ít nhất một số từ 1 (thứ Hai) đến 7 (Chủ nhật)."))
    for day in sorted(calendar.makeup_days):
        if day in calendar.days_off:
            raise CalendarError(
                gettext_noop("Ngày %(day)s vừa là ngày nghỉ vừa là ngày làm bù."), day=f"{day:%d/%m/%Y}"
            )
    if not calendar.sessions:
        raise CalendarError(gettext_noop("sessions phải có ít nhất một buổi làm việc."))
    previous = time.min
    for start, end in calendar.sessions:
        # Equal ends would be one session; a session past midnight has no meaning for an office.
        if not previous <= start < end:
            raise CalendarError(
                gettext_noop("Buổi làm việc %(start)s–%(end)s không theo thứ tự hoặc chồng lên buổi trước."),
                start=f"{start:%H:%M}",
                end=f"{end:%H:%M}",
            )
        previous = end
    seen: set[date] = set()
    for since, rule, *_time_of_day in calendar.cutoffs:
        if rule not in CUTOFF_RULES:
            raise CalendarError(
                gettext_noop("Quy định 15 giờ phải là “transfer” hoặc “counts”, không phải “%(rule)s”."),
                rule=shown(rule),
            )
        if since in seen:
            raise CalendarError(
                gettext_noop("Quy định 15 giờ có hai dòng cùng hiệu lực từ ngày %(day)s."),
                day=f"{since:%d/%m/%Y}",
            )
        seen.add(since)
    try:
        ZoneInfo(calendar.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarError(
            gettext_noop("Múi giờ “%(name)s” không có."), name=shown(calendar.timezone)
        ) from None


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
