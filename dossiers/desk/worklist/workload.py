"""What falls due and where work lies: by day, by agency and week, by person. One statement each; and the pictures of
them as plain rows with their words, which the frame draws."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.desk.worklist.counts import Moments, late, running
from dossiers.lifecycle.permissions import visible_to
from dossiers.lookup.words.desks import day as in_words
from tenants import clock
from tenants.accounts.models import User

DAYS = 14
WEEKS = 4
MOST_AGENCIES = 15
MOST_PEOPLE = 12
LEVELS = 4
"""Shades of a cell that is not zero."""


def due_by_day(user: User, at: Moments) -> list[tuple[date, int]]:
    """The next DAYS working days with how many running dossiers of those this person may see fall due on each.

    A date on a closed day, which only an older system promised, counts on the next open one.
    """
    first = at.calendar.first_open_day(at.today)
    days = [at.calendar.add_open_days(first, place) for place in range(DAYS)]
    found = (
        visible_to(user)
        .filter(running(), due_at__gte=at.now, due_at__lt=clock.beginning(days[-1] + timedelta(days=1)))
        .order_by()
        .annotate(due_day=TruncDate("due_at", tzinfo=clock.VIETNAM))
        .values_list("due_day")
        .annotate(number=Count("pk"))
    )
    numbers: Counter[date] = Counter()
    for day, number in found:
        numbers[days[bisect_left(days, day)]] += number
    return [(day, numbers[day]) for day in days]


def weeks(at: Moments) -> list[tuple[date, date]]:
    """First and last day of the present week, from today on, and of those after it, WEEKS in all."""
    monday = at.today - timedelta(days=at.today.weekday())
    mondays = [monday + timedelta(weeks=place) for place in range(WEEKS + 1)]
    return [(max(start, at.today), end - timedelta(days=1)) for start, end in pairwise(mondays)]


def load_by_person(leader: User, at: Moments) -> list[dict[str, Any]]:
    """Open dossiers by assignee, and the late among them, of those this person may see: the most late first, at most
    MOST_PEOPLE."""
    return _grouped(leader, at, "assignee", "assignee__full_name")[:MOST_PEOPLE]


def _grouped(leader: User, at: Moments, key: str, name: str, **more: Q) -> list[dict[str, Any]]:
    numbers = {column: Count("pk", filter=condition) for column, condition in more.items()}
    open_ones: Any = visible_to(leader).filter(closed_at=None).exclude(**{key: None}).order_by()
    return list(
        open_ones.values(key=F(key), name=F(name))
        .annotate(open=Count("pk"), late=Count("pk", filter=late(at)), **numbers)
        .order_by("-late", "-open", name)
    )


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


def heat(leader: User, at: Moments) -> dict[str, Any]:
    """The open dossiers that this person may see by agency and week in which they fall due, the most late first: at most
    MOST_AGENCIES. Each number has its shade, which grows with the number; late ones have shades of their own."""
    spans = weeks(at)
    due = {
        f"week{place}": running()
        & Q(
            due_at__gte=max(clock.beginning(first), at.now),
            due_at__lt=clock.beginning(last + timedelta(days=1)),
        )
        for place, (first, last) in enumerate(spans)
    }
    offices = _grouped(leader, at, "holding_agency", "holding_agency__name", **due)[:MOST_AGENCIES]
    most = max((one[week] for one in offices for week in due), default=0)
    most_late = max((one["late"] for one in offices), default=0)
    return {
        "weeks": [
            f"{first:%d/%m}–{last:%d/%m}" if first < last else f"{first:%d/%m}" for first, last in spans
        ],
        "rows": [
            {
                "office": one,
                "late_level": _level(one["late"], most_late),
                "weeks": [(one[week], _level(one[week], most)) for week in due],
            }
            for one in offices
        ],
    }


def _level(number: int, most: int) -> int:
    """From 0 for none to LEVELS for the highest number."""
    return -(-LEVELS * number // most) if most else 0
