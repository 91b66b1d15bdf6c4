"""When a desk is busy: what it takes in during an hour of an average week, as far as it may be published."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines.rules.calendar import WEEKDAYS, WorkCalendar
from dossiers.statistics.arrivals import Hour, arrivals
from dossiers.statistics.transparency.disclosure_control import FEWEST
from tenants import clock
from tenants.organisation import catalogue
from tenants.organisation.models import Agency

WEEKS = 8
"""Whole weeks, up to last Sunday, over which arrivals are averaged; fewer for a desk that has just begun."""


def content(desk: Agency, calendar: WorkCalendar) -> dict[str, Any] | None:
    """The table of a desk's page: dossiers in an hour of an average open day; None where no hour has enough.

    A process counts once for these weeks and this catalogue: one statement for all desks.
    """
    last = clock.today() - timedelta(days=clock.today().isoweekday())
    first = last - timedelta(days=7 * WEEKS - 1)
    taken = catalogue.kept(("arrivals", first, last), lambda: arrivals(first, last)).get(desk.pk)
    if taken is None:
        return None
    first += timedelta(days=(taken.since - first).days // 7 * 7)
    open_days, hours = _open_days(calendar, first, last), _opening_hours(calendar)
    # No whole is published from which the rest would tell an hour that is held back.
    averages = {
        (weekday, hour): round(number / open_days[weekday])
        for (weekday, hour), number in taken.by_hour.items()
        if number >= FEWEST and weekday in open_days and hour in hours
    }
    if not averages:
        return None
    return {
        "weekdays": [_(WEEKDAYS[weekday - 1]) for weekday in open_days],
        "rows": [
            {
                "hour": f"{hour:02}:00",
                "cells": [averages.get((weekday, hour), "–") for weekday in open_days],
            }
            for hour in hours
        ],
        "busiest": _busiest(averages),
        "fewest": FEWEST,
        "weeks": ((last - first).days + 1) // 7,
        "until": f"{last:%d/%m/%Y}",
    }


def _open_days(calendar: WorkCalendar, first: date, last: date) -> Mapping[int, int]:
    """How many days were open on each of the usual weekdays, those without any left out."""
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    opened = [day.isoweekday() for day in days if calendar.is_open_day(day)]
    return {weekday: opened.count(weekday) for weekday in sorted(calendar.weekdays) if weekday in opened}


def _opening_hours(calendar: WorkCalendar) -> list[int]:
    """The hours of day in which there are opening minutes."""
    return [
        hour
        for hour in range(24)
        if any(start.hour <= hour and (end.hour, end.minute) > (hour, 0) for start, end in calendar.sessions)
    ]


def _busiest(averages: Mapping[Hour, int]) -> dict[str, Any]:
    weekday, hour = max(averages, key=lambda cell: (averages[cell], -cell[0], -cell[1]))
    return {
        "weekday": _(WEEKDAYS[weekday - 1]),
        "hours": _("%(first)d đến %(last)d giờ") % {"first": hour, "last": hour + 1},
        "number": averages[weekday, hour],
    }
