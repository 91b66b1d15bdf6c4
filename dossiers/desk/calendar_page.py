"""A version of the working calendar on a page: a year of months, and its effect on open dossiers."""

from calendar import monthcalendar
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle.actions import calendar_change
from tenants import clock
from tenants.isolation.context import current_province

MONTHS = 12
ROWS = 20


def _months(calendar: WorkCalendar) -> Iterator[dict[str, Any]]:
    """The months from the present one on, by weeks from Monday on; None where a week reaches into another month."""
    today = clock.today()
    for place in range(today.month - 1, today.month - 1 + MONTHS):
        first = date(today.year + place // 12, place % 12 + 1, 1)
        weeks = [
            [_day(calendar, first.replace(day=number)) if number else None for number in week]
            for week in monthcalendar(first.year, first.month)
        ]
        yield {"first": first, "weeks": weeks}


def picture(version: CalendarVersion) -> str:
    """The coming year month by month, with the named days off and the days worked instead, as safe HTML."""
    calendar = version.calendar
    context = {
        "months": list(_months(calendar)),
        "sessions": calendar.sessions,
        "days_off": calendar.days_off.items(),
        "makeup_days": sorted(calendar.makeup_days),
    }
    return render_to_string("desk/calendar.html", context)


def effect(version: CalendarVersion) -> str:
    """Which open dossiers would get another date under this version, as safe HTML."""
    found = calendar_change.effect_of(version.calendar)
    context = {
        "effect": found,
        "agencies": found.by_agency.items(),
        "moves": found.moves[:ROWS],
        "slug": current_province().slug,
    }
    return render_to_string("desk/calendar_effect.html", context)


def _day(calendar: WorkCalendar, day: date) -> dict[str, Any]:
    """One day of a month; `closed` is the reason of a day off."""
    reason = calendar.why_closed(day)
    return {
        "number": day.day,
        "closed": _(reason) if reason else "",
        "is_makeup": day in calendar.makeup_days,
    }
