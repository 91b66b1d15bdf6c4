"""The days behind a due date as a picture and as its table, in words for citizens."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.deadlines import wording
from dossiers.deadlines.rules.calendar import WEEKDAYS
from dossiers.deadlines.rules.explanation import Day, DayKind, day_by_day
from dossiers.lifecycle import due_dates
from dossiers.lifecycle.models import Dossier, Event
from dossiers.workflow.rules.statuses import Status

WEEK = 7
MOST_DAYS = 10 * WEEK
"""A longer term is no picture any more; its sentence stands alone."""


def of(dossier: Dossier, events: Sequence[Event]) -> dict[str, Any] | None:
    """The chart and the rows of its table; None where no day is promised or days do not explain it."""
    if dossier.status_enum is Status.NEW:
        return None
    days = day_by_day(due_dates.explained(dossier, events), dossier.calendar_version.calendar)
    if not 1 < len(days) <= MOST_DAYS:
        return None
    boxes = [
        {
            "column": column,
            "line": line,
            "weekday": wording.short_weekday(day.date),
            "day": f"{day.date:%d/%m}",
            "text": str(day.number) if day.kind in _NUMBERED else "",
            "tone": "due" if day.is_due else str(day.kind),
        }
        for day, (line, column) in zip(days, _places(days), strict=True)
    ]
    rows = [(_day(day), _words(day)) for day in days]
    kinds = {day.kind for day in days}
    return {
        "chart": {"id": "chart-due-days", "title": _title(days), "rows": boxes},
        "rows": rows,
        "has_pause": DayKind.PAUSED in kinds,
        "is_extended": DayKind.ADDED in kinds,
    }


_NUMBERED = (DayKind.RECEIVED, DayKind.COUNTED)


def _places(days: Sequence[Day]) -> list[tuple[int, int]]:
    """Line and column: in one row, or by the weeks of a calendar where there are more than seven."""
    if len(days) <= WEEK:
        return [(0, place) for place in range(len(days))]
    before = days[0].date.weekday()
    return [divmod(before + place, WEEK) for place in range(len(days))]


def _day(day: Day) -> str:
    """thứ Sáu 27/11/2026, without a break inside."""
    weekday = _(WEEKDAYS[day.date.weekday()]).replace(" ", wording.NO_BREAK)
    return f"{weekday}{wording.NO_BREAK}{day.date:%d/%m/%Y}"


def _title(days: Sequence[Day]) -> str:
    counted = days[-1].number
    said = ngettext(
        "Nhận ngày %(first)s, đếm đủ %(n)d ngày làm việc, hẹn trả ngày %(due)s.",
        "Nhận ngày %(first)s, đếm đủ %(n)d ngày làm việc, hẹn trả ngày %(due)s.",
        counted,
    )
    return said % {"first": f"{days[0].date:%d/%m/%Y}", "n": counted, "due": f"{days[-1].date:%d/%m/%Y}"}


def _words(day: Day) -> str:
    said = {
        DayKind.RECEIVED: _("ngày nhận, không tính"),
        DayKind.COUNTED: _("ngày thứ %(n)d") % {"n": day.number},
        DayKind.CLOSED: _("nghỉ, không tính"),
        DayKind.PAUSED: _("tạm dừng, không tính"),
        DayKind.ADDED: _("thêm theo ngày hẹn lại"),
    }[day.kind]
    if day.holiday and day.kind is DayKind.CLOSED:
        said = _("nghỉ (%(name)s), không tính") % {"name": day.holiday}
    return _("%(counted)s – hẹn trả") % {"counted": said} if day.is_due else said
