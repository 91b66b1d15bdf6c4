"""When a desk is busy: what it takes in during an hour of an average week, as far as it may be published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay
from django.utils.translation import gettext as _

from dossiers.deadlines.rules.calendar import WEEKDAYS, WorkCalendar
from dossiers.lifecycle.models import Dossier
from dossiers.statistics.transparency.disclosure_control import FEWEST
from tenants import clock
from tenants.organisation import catalogue
from tenants.organisation.models import Agency

WEEKS = 8
"""Whole weeks, up to last Sunday, over which arrivals are averaged; fewer for a desk that has just begun."""


Hour = tuple[int, int]
"""Weekday, 1 is Monday, and the hour of day that begins then in Viet Nam, 0 to 23."""


@dataclass
class Arrivals:
    """What one desk took in: the day of the first, and how many in each hour of the week."""

    since: date
    by_hour: dict[Hour, int] = field(default_factory=dict)


def arrivals(first: date, last: date) -> Mapping[int, Arrivals]:
    """How many dossiers each desk took in from a day to a day, both included: one statement for all desks.

    By the primary key of the agency where the papers were handed in. What came online or by post, what an older
    system had received, complaints and conciliations are left out.
    """
    counted = (
        Dossier.objects.filter(
            received_at__gte=clock.beginning(first),
            received_at__lt=clock.beginning(last + timedelta(days=1)),
            kind=Dossier.Kind.NORMAL,
            channel=Dossier.Channel.COUNTER,
            source="",
        )
        .order_by()
        .values(
            desk=Coalesce("support_point_id", "receiving_agency_id"),
            weekday=ExtractIsoWeekDay("received_at", tzinfo=clock.VIETNAM),
            hour=ExtractHour("received_at", tzinfo=clock.VIETNAM),
        )
        .annotate(n=Count("pk"), earliest=Min("received_at"))
    )
    found: dict[int, Arrivals] = {}
    for row in counted:
        since = row["earliest"].astimezone(clock.VIETNAM).date()
        desk = found.setdefault(row["desk"], Arrivals(since))
        desk.since = min(desk.since, since)
        desk.by_hour[row["weekday"], row["hour"]] = row["n"]
    return found


def content(desk: Agency, calendar: WorkCalendar) -> dict[str, Any] | None:
    """The table of a desk's page: dossiers in an hour of an average open day; None where no hour has enough.

    A process counts once for these weeks and this catalogue.
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
