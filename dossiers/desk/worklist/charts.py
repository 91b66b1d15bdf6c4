"""The pictures of the first page of the day as plain rows with their words; the frame draws them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.desk.worklist.workload import AgencyLoad
from dossiers.lookup.words.desks import day as in_words

LEVELS = 4
"""Shades of a cell that is not zero."""


def due_days(days: Sequence[tuple[date, int]]) -> dict[str, Any]:
    """A column for each working day, and the rows of its table."""
    whole = sum(number for _day, number in days)
    busiest, most = max(days, key=lambda pair: pair[1])
    title = _("Không có hồ sơ nào đến hạn trong %(days)d ngày làm việc tới.") % {"days": len(days)}
    if whole:
        title = _(
            "%(whole)d hồ sơ đến hạn trong %(days)d ngày làm việc tới; nhiều nhất là %(day)s: %(most)d."
        ) % {"whole": whole, "days": len(days), "day": in_words(busiest), "most": most}
    rows = [
        {
            "labels": (wording.short_weekday(day), f"{day:%d}"),
            "value": number,
            "text": str(number) if number else "",
        }
        for day, number in days
    ]
    return {
        "chart": {"id": "chart-due", "title": title, "rows": rows if whole else []},
        "title": title,
        "rows": [(in_words(day), number) for day, number in days],
    }


def heat(offices: Sequence[AgencyLoad], weeks: Sequence[tuple[date, date]]) -> dict[str, Any]:
    """Agencies by weeks: each number with its shade, which grows with the number. Late ones have shades of
    their own."""
    most = max((number for one in offices for number in one.weeks), default=0)
    most_late = max((one.late for one in offices), default=0)
    return {
        "weeks": [
            f"{first:%d/%m}–{last:%d/%m}" if first < last else f"{first:%d/%m}" for first, last in weeks
        ],
        "rows": [
            {
                "office": one,
                "late_level": _level(one.late, most_late),
                "weeks": [(number, _level(number, most)) for number in one.weeks],
            }
            for one in offices
        ],
    }


def _level(number: int, most: int) -> int:
    """From 0 for none to LEVELS for the highest number."""
    return -(-LEVELS * number // most) if most else 0
