"""A version of the working calendar on a page: a year of months, and its effect on open dossiers."""

from calendar import monthcalendar
from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle.actions import calendar_change
from tenants import clock
from tenants.isolation.context import current_province

MONTHS = 12
ROWS = 20


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a month; `closed` is the reason of a day off."""

    number: int
    closed: str
    is_makeup: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks from Monday on; None where a week reaches into another month."""

    first: date
    weeks: list[list[Day | None]]


def months(calendar: WorkCalendar, since: date, count: int = MONTHS) -> list[Month]:
    """So many months, from that of `since` on."""
    found = []
    for place in range(since.month - 1, since.month - 1 + count):
        first = date(since.year + place // 12, place % 12 + 1, 1)
        weeks = [
            [_day(calendar, first.replace(day=number)) if number else None for number in week]
            for week in monthcalendar(first.year, first.month)
        ]
        found.append(Month(first, weeks))
    return found


def picture(version: CalendarVersion) -> str:
    """The coming year month by month, with the named days off and the days worked instead, as safe HTML."""
    calendar = version.calendar
    context = {
        "months": months(calendar, clock.today()),
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


def _day(calendar: WorkCalendar, day: date) -> Day:
    reason = calendar.why_closed(day)
    return Day(day.day, _(reason) if reason else "", day in calendar.makeup_days)
