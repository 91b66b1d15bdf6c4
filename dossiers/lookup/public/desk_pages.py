"""Where dossiers are handed in: all desks, and one of them with its hours, its map and when it is busy.

Whether a desk is open changes without any row, so the state is part of what a kept page is kept under.
"""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import Opening, WorkCalendar, opening_at
from dossiers.lifecycle import rules_in_force
from dossiers.lookup.words import desks as words
from dossiers.statistics.transparency import busy_hours
from tenants import clock
from tenants.organisation import catalogue
from tenants.organisation.kept_pages import kept_page
from tenants.organisation.models import Agency, working_desks


def _opening() -> Opening | None:
    calendar = _calendar()
    return opening_at(calendar, clock.now()) if calendar else None


_public = kept_page("catalogue", also=_opening)


@_public
def overview(request: HttpRequest) -> HttpResponse:
    """Answer GET /noi-nop/: all working desks, and whether offices are open now."""
    calendar, desks = _calendar(), working_desks(catalogue.agencies().values())
    parts = (
        (_("Của tỉnh, thành phố"), [desk for desk in desks if desk.level == Agency.Level.PROVINCE]),
        (_("Của xã, phường, đặc khu"), [desk for desk in desks if desk.level != Agency.Level.PROVINCE]),
    )
    context = {
        "parts": [(title, [_row(desk) for desk in part]) for title, part in parts if part],
        "opening": _hours(calendar) if calendar else None,
    }
    return render(request, "lookup/desks.html", context)


@_public
def one(request: HttpRequest, agency: str) -> HttpResponse:
    """Answer GET /noi-nop/<agency code>/; a dissolved desk leads to the one that answers for it today."""
    found = catalogue.agency_by_code(agency)
    desk = found.living if found else None
    if found is None or desk is None or not desk.is_desk or desk.is_dissolved:
        raise Http404(_("Không có nơi nhận hồ sơ này."))
    if desk.pk != found.pk:
        return redirect("desk", desk.code)
    calendar = _calendar_of(desk)
    context = {
        "desk": {**_row(desk), "address": words.full_address(desk), "maps": words.map_links(desk)},
        "own_hours": "" if calendar else desk.hours,
        "opening": _hours(calendar) if calendar else None,
        "busy": busy_hours.content(desk, calendar) if calendar else None,
    }
    return render(request, "lookup/desk.html", context)


def facts(desk: Agency) -> dict[str, str]:
    """Name, code, whole address, telephone and hours of a desk, for other pages."""
    calendar = _calendar_of(desk)
    hours = words.hours(calendar) if calendar else desk.hours
    return {**_row(desk), "address": words.full_address(desk), "hours": hours}


def _calendar_of(desk: Agency) -> WorkCalendar | None:
    calendar = _calendar()
    return calendar if calendar is not None and words.follows(desk, calendar) else None


def _calendar() -> WorkCalendar | None:
    try:
        return rules_in_force.calendar_in_force().calendar
    except CalendarVersion.DoesNotExist:
        return None


def _row(desk: Agency) -> dict[str, Any]:
    return {"code": desk.code, "name": desk.local_name, "address": desk.address, "phone": desk.phone}


def _hours(calendar: WorkCalendar) -> dict[str, Any]:
    last = clock.today() + timedelta(days=words.DAYS_AHEAD - 1)
    return {
        "state": words.state(opening_at(calendar, clock.now())),
        "hours": words.hours(calendar),
        "breaks": words.breaks(calendar),
        "days_ahead": words.days_ahead(calendar),
        # Without its days off a year is counted by its weekdays alone.
        "unknown_year": "" if calendar.knows(last.year) else str(last.year),
    }
