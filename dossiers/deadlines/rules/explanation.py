"""Why a due date is what it is, in words that a clerk can check by hand and a citizen can read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dossiers.deadlines.rules.calendar import CUTOFF_TIME, WorkCalendar
from dossiers.deadlines.rules.deadlines import Deadline, Rule, TermUnit
from tenants.validation import gettext_noop

Sentence = tuple[str, dict[str, str]]

_HEADS = {
    TermUnit.WORKING_DAY: gettext_noop("%(value)s ngày làm việc, không tính ngày nhận %(day)s."),
    TermUnit.CALENDAR_DAY: gettext_noop("%(value)s ngày, không tính ngày nhận %(day)s."),
    TermUnit.MONTH: gettext_noop("%(value)s tháng kể từ ngày nhận %(day)s."),
    TermUnit.HOUR: gettext_noop("%(value)s giờ làm việc kể từ lúc nhận %(moment)s."),
    TermUnit.SAME_DAY: gettext_noop("Trả kết quả trong ngày nhận %(day)s."),
}
_SAME_DAY_AFTER_CUTOFF = gettext_noop(
    "Nhận sau 15 giờ ngày %(day)s nên trả kết quả trong ngày làm việc tiếp theo."
)
_SAME_DAY_AFTER_OTHER_CUTOFF = gettext_noop(
    "Nhận sau %(cutoff)s ngày %(day)s nên trả kết quả trong ngày làm việc tiếp theo."
)
_AFTER_CUTOFF = gettext_noop("Hồ sơ đến lúc %(received)s, sau 15 giờ, nên tính là nhận lúc %(counted)s.")
_AFTER_OTHER_CUTOFF = gettext_noop(
    "Hồ sơ đến lúc %(received)s, sau %(cutoff)s, nên tính là nhận lúc %(counted)s."
)

# One literal per case: a sentence pieced together from fragments cannot be translated.
_PASSED_OVER = {
    (True, "weekend"): gettext_noop("Bỏ qua %(days)s và các thứ Bảy, Chủ nhật."),
    (True, "sunday"): gettext_noop("Bỏ qua %(days)s và các Chủ nhật."),
    (True, "rest"): gettext_noop("Bỏ qua %(days)s và các ngày nghỉ hằng tuần."),
    (True, ""): gettext_noop("Bỏ qua %(days)s."),
    (False, "weekend"): gettext_noop("Bỏ qua các thứ Bảy, Chủ nhật."),
    (False, "sunday"): gettext_noop("Bỏ qua các Chủ nhật."),
    (False, "rest"): gettext_noop("Bỏ qua các ngày nghỉ hằng tuần."),
}
_REST_DAYS = {frozenset[int](): "", frozenset({6, 7}): "weekend", frozenset({7}): "sunday"}


def explain(deadline: Deadline) -> list[Sentence]:
    """The sentences that explain a due date: Vietnamese texts with named placeholders, and their values.

    Values are strings: dates, numbers, names of holidays and given reasons, which are not translated.
    """
    if Rule.PROMISED in deadline.rules:
        promised = gettext_noop("Ngày hẹn trả theo giấy hẹn của hệ thống trước đây.")
        return [(promised, {}), *_events(deadline)]
    if deadline.term is None:
        return [(gettext_noop("Không có một thời hạn cố định nên không tính được ngày hẹn trả."), {})]
    return [
        *_receipt(deadline),
        *_passed_over(deadline),
        *_last_day(deadline),
        *_events(deadline),
        *_law(deadline),
    ]


def explain_text(deadline: Deadline, translate: Callable[[str], str] = str) -> str:
    """The explanation as one line of text, each sentence passed through `translate`."""
    return " ".join(translate(message) % values for message, values in explain(deadline))


def _receipt(deadline: Deadline) -> Iterator[Sentence]:
    assert deadline.term is not None
    received = deadline.restarted_at or deadline.received
    usual_cutoff, cutoff = deadline.cutoff == CUTOFF_TIME, f"{deadline.cutoff:%H:%M}"
    moments = {"received": _moment(received), "counted": _moment(deadline.counted_from)}
    if deadline.restarted_at:
        yield (gettext_noop("Thời hạn tính lại từ đầu, kể từ lúc %(moment)s."), {"moment": _moment(received)})
    if Rule.AT_NEXT_OPENING in deadline.rules:
        yield (
            gettext_noop("Hồ sơ đến lúc %(received)s, ngoài giờ làm việc, nên tính là nhận lúc %(counted)s."),
            moments,
        )
    if Rule.AFTER_CUTOFF in deadline.rules:
        if usual_cutoff:
            yield _AFTER_CUTOFF, moments
        else:
            yield _AFTER_OTHER_CUTOFF, {**moments, "cutoff": cutoff}
    head = _HEADS[deadline.term.unit]
    if Rule.SAME_DAY_AFTER_CUTOFF in deadline.rules:
        head = _SAME_DAY_AFTER_CUTOFF if usual_cutoff else _SAME_DAY_AFTER_OTHER_CUTOFF
    values = {
        "value": str(deadline.term.value),
        "day": _day(deadline.counted_from),
        "moment": _moment(deadline.counted_from),
        "cutoff": cutoff,
    }
    yield head, {name: value for name, value in values.items() if f"%({name})s" in head}


def _passed_over(deadline: Deadline) -> Iterator[Sentence]:
    case = (bool(deadline.holidays), _REST_DAYS.get(deadline.rest_days, "rest"))
    if case in _PASSED_OVER:
        yield _PASSED_OVER[case], {"days": _holidays(deadline.holidays)} if deadline.holidays else {}
    if deadline.makeup_days:
        yield (
            gettext_noop("Tính cả ngày làm bù %(days)s."),
            {"days": ", ".join(_day(day) for day in deadline.makeup_days)},
        )


def _last_day(deadline: Deadline) -> Iterator[Sentence]:
    if Rule.MONTH_END in deadline.rules:
        yield (
            gettext_noop("Tháng cuối không có ngày %(number)s nên lấy ngày cuối tháng."),
            {"number": str(deadline.counted_from.day)},
        )
    if deadline.last_day and deadline.last_day_holiday:
        yield (
            gettext_noop(
                "Ngày cuối %(day)s là ngày nghỉ (%(name)s) nên chuyển sang ngày làm việc tiếp theo."
            ),
            {"day": _day(deadline.last_day), "name": deadline.last_day_holiday},
        )
    elif deadline.last_day:
        yield (
            gettext_noop("Ngày cuối %(day)s là ngày nghỉ hằng tuần nên chuyển sang ngày làm việc tiếp theo."),
            {"day": _day(deadline.last_day)},
        )


def _events(deadline: Deadline) -> Iterator[Sentence]:
    for pause in deadline.pauses:
        assert pause.end is not None  # counted pauses have ended; an open one is `suspended_since`
        yield (
            gettext_noop("Tạm dừng từ %(start)s đến %(end)s, không tính vào thời hạn."),
            {"start": _moment(pause.start), "end": _moment(pause.end)},
        )
    if deadline.suspended_since:
        yield (
            gettext_noop(
                "Đang tạm dừng từ %(start)s; ngày hẹn trả sẽ được tính khi hồ sơ được giải quyết tiếp."
            ),
            {"start": _moment(deadline.suspended_since)},
        )
    if deadline.extension:
        yield (
            gettext_noop("Đã hẹn lại đến ngày %(day)s. Lý do: %(reason)s"),
            {"day": _day(deadline.extension.due), "reason": _closed_sentence(deadline.extension.reason)},
        )
    if deadline.unknown_year:
        yield (
            gettext_noop("Chưa có lịch nghỉ lễ năm %(year)s nên ngày hẹn trả có thể thay đổi."),
            {"year": str(deadline.unknown_year)},
        )


def _law(deadline: Deadline) -> Iterator[Sentence]:
    if deadline.last_day:
        yield gettext_noop("Căn cứ khoản 2 Điều 147 và khoản 5 Điều 148 Bộ luật Dân sự 2015."), {}
    elif Rule.FIRST_DAY_NOT_COUNTED in deadline.rules:
        yield gettext_noop("Căn cứ khoản 2 Điều 147 Bộ luật Dân sự 2015."), {}


def _holidays(days: tuple[tuple[date, str], ...]) -> str:
    """Named days, neighbours of one name as a range: 16/02/2026–20/02/2026 (Tết Nguyên đán)."""
    blocks: list[tuple[date, date, str]] = []
    for day, name in days:
        if blocks and blocks[-1][2] == name and day - blocks[-1][1] == timedelta(days=1):
            blocks[-1] = (blocks[-1][0], day, name)
        else:
            blocks.append((day, day, name))
    return ", ".join(
        f"{_day(start)} ({name})" if start == end else f"{_day(start)}–{_day(end)} ({name})"
        for start, end, name in blocks
    )


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment:%H:%M}, {moment:%d/%m/%Y}"


def _closed_sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


# --- The days from receipt to due date one by one: what each of them counts as


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
