"""The data of a calendar as a file or a database gives them: read value by value, refused in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from dossiers.rules import RuleError, gettext_noop, shown

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


def _time(value: object, key: str) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise CalendarError(
        gettext_noop("%(key)s: “%(value)s” không phải giờ viết theo dạng 07:30."),
        key=key,
        value=shown(value),
    )
