"""When an office is open: weekly rhythm, days off, make-up days, hours, and the dated 15:00 rule."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dossiers.rules import RuleError, gettext_noop, shown

CUTOFF_TIME = time(15, 0)
"""Paper received after this moment is passed on the next working day (NĐ 309/2026/NĐ-CP, Điều 9)."""

TRANSFER = "transfer"
COUNTS = "counts"
CUTOFF_RULES = (TRANSFER, COUNTS)

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years outside are typing errors; within them no count runs long or leaves the calendar of Python."""

_ONE_DAY = timedelta(days=1)
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
_KEYS = ("weekdays", "days_off", "makeup_days", "sessions", "cutoffs", "timezone")
_NAME_LIMIT = 200


class CalendarError(RuleError):
    """The data of a calendar is wrong, or a count leads beyond the end of time."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working time of a province, as it was when a dossier was received.

    A make-up day is open although its weekday is not; a day off is closed although its weekday is open.
    `cutoffs` are (from date, rule): `counts` lets a receipt after 15:00 count from the next working day,
    `transfer` (which also holds before the first date) moves only the paper. A year without any day off
    in the data is an unknown year: it is counted by its weekdays alone, see `knows`.

    Raises CalendarError for contradictory data. Treat `days_off` as read-only.
    """

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    days_off: Mapping[date, str] = field(default_factory=dict, hash=False)
    makeup_days: frozenset[date] = frozenset()
    sessions: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
    cutoffs: tuple[tuple[date, str], ...] = ()
    timezone: str = "Asia/Ho_Chi_Minh"
    minutes_per_day: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "days_off", dict(sorted(self.days_off.items())))
        object.__setattr__(self, "cutoffs", tuple(sorted(self.cutoffs)))
        minutes = sum(_minute(end) - _minute(start) for start, end in self.sessions)
        object.__setattr__(self, "minutes_per_day", minutes)

    @property
    def tz(self) -> ZoneInfo:
        """The time zone in which days begin and offices open."""
        return ZoneInfo(self.timezone)

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
        return any(day.year == year for day in self.days_off)

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
        return self.first_open_day(_shift(day, 1))

    def first_open_day(self, day: date) -> date:
        """The first open day on or after `day`."""
        while not self.is_open_day(day):
            day = _shift(day, 1)
        return day

    def add_open_days(self, day: date, count: int) -> date:
        """The `count`-th open day after `day`; before it when negative; `day` itself for 0."""
        step = 1 if count > 0 else -1
        for _ in range(abs(count)):
            day = _shift(day, step)
            while not self.is_open_day(day):
                day = _shift(day, step)
        return day

    def open_days_between(self, start: date, end: date) -> int:
        """How many open days lie in (start, end]; negative when `end` comes first."""
        if end < start:
            return -self.open_days_between(end, start)
        return sum(self.is_open_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def openings(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The sessions from `start` on, the first one cut at `start`, without end."""
        day = start.date()
        while True:
            day = self.first_open_day(day)
            for begin, finish in self.sessions:
                closes = datetime.combine(day, finish, self.tz)
                if closes > start:
                    yield max(datetime.combine(day, begin, self.tz), start), closes
            day = _shift(day, 1)

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """The opening minutes in [start, end); 0 when `end` comes first."""
        total = 0
        for begins, closes in self.openings(start):
            if begins >= end:
                break
            total += _minutes(min(closes, end) - begins)
        return total

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The moment at which so many opening minutes after `start` have passed.

        When they end with a session it is the end of that session, not the start of the next.
        """
        if minutes <= 0:
            return start
        for begins, closes in self.openings(start):
            length = _minutes(closes - begins)
            if minutes <= length:
                return begins + timedelta(minutes=minutes)
            minutes -= length
        raise AssertionError("openings never end")  # pragma: no cover

    def cutoff_rule(self, day: date) -> str:
        """The 15:00 rule in force on a day."""
        rule = TRANSFER
        for since, name in self.cutoffs:
            if since <= day:
                rule = name
        return rule

    def to_data(self) -> dict[str, object]:
        """The calendar as JSON can hold it; `from_data` gives an equal calendar back."""
        return {
            "weekdays": sorted(self.weekdays),
            "days_off": {day.isoformat(): name for day, name in self.days_off.items()},
            "makeup_days": sorted(day.isoformat() for day in self.makeup_days),
            "sessions": [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in self.sessions],
            "cutoffs": [[since.isoformat(), rule] for since, rule in self.cutoffs],
            "timezone": self.timezone,
        }

    @classmethod
    def from_data(cls, data: object) -> "WorkCalendar":
        """Read what `to_data` wrote, or what a province gives in its folder. Absent keys take the defaults.

        Raises CalendarError, with the place and the cause in Vietnamese, for anything else.
        """
        if not isinstance(data, Mapping):
            raise CalendarError(gettext_noop("Lịch làm việc phải là một bảng các mục."))
        for key in data:
            if key not in _KEYS:
                raise CalendarError(gettext_noop("Lịch làm việc có mục lạ: “%(key)s”."), key=shown(key))
        given: dict[str, object] = {str(key): value for key, value in data.items()}
        read: dict[str, object] = {}
        if "weekdays" in given:
            read["weekdays"] = frozenset(_weekday(item) for item in _list(given["weekdays"], "weekdays"))
        if "days_off" in given:
            days_off = given["days_off"]
            if not isinstance(days_off, Mapping):
                raise CalendarError(gettext_noop("days_off phải là bảng: ngày và tên ngày nghỉ."))
            read["days_off"] = {_date(day, "days_off"): _name(name) for day, name in days_off.items()}
        if "makeup_days" in given:
            makeup_days = _list(given["makeup_days"], "makeup_days")
            read["makeup_days"] = frozenset(_date(item, "makeup_days") for item in makeup_days)
        if "sessions" in given:
            pairs = [_pair(item, "sessions") for item in _list(given["sessions"], "sessions")]
            read["sessions"] = tuple((_time(start), _time(end)) for start, end in pairs)
        if "cutoffs" in given:
            pairs = [_pair(item, "cutoffs") for item in _list(given["cutoffs"], "cutoffs")]
            read["cutoffs"] = tuple((_date(since, "cutoffs"), _text(rule)) for since, rule in pairs)
        if "timezone" in given:
            read["timezone"] = _text(given["timezone"])
        return cls(**read)  # type: ignore[arg-type]  # each value was read by type just above


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
    for since, rule in calendar.cutoffs:
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


def _shift(day: date, days: int) -> date:
    try:
        return day + days * _ONE_DAY
    except OverflowError:
        raise CalendarError(_TOO_FAR) from None


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _list(value: object, key: str) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    raise CalendarError(gettext_noop("%(key)s phải là danh sách."), key=key)


def _pair(value: object, key: str) -> tuple[object, object]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value[0], value[1]
    raise CalendarError(gettext_noop("Mỗi dòng của %(key)s phải có đúng hai giá trị."), key=key)


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
        gettext_noop("weekdays: “%(value)s” phải là số từ 1 (thứ Hai) đến 7 (Chủ nhật)."),
        value=shown(value),
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


def _time(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise CalendarError(
        gettext_noop("sessions: “%(value)s” không phải giờ viết theo dạng 07:30."), value=shown(value)
    )
