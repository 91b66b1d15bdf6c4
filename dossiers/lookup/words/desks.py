"""A desk in words: its address and maps, its hours, whether it is open now, the days off ahead."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils import translation
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.deadlines.rules.calendar import WEEKDAYS, Opening, WorkCalendar, exceptional_days
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency
from tenants.text import fold

DAYS_AHEAD = 14
"""So many days from today on are looked through for days off and make-up days."""

Context = dict[str, Any]


def full_address(desk: Agency) -> str:
    """The address with the province at its end; empty where none is known."""
    province = current_province()
    if not desk.address or f" {fold(province.short_name)} " in f" {fold(desk.address)} ":
        return desk.address
    return f"{desk.address}, {province.name[:1].lower()}{province.name[1:]}"


def map_links(desk: Agency) -> list[Context]:
    """Addresses of maps elsewhere: of the point where it is known, else of a search for the address or the name."""
    if desk.lat is not None and desk.lon is not None:
        street_map = f"?mlat={desk.lat}&mlon={desk.lon}#map=18/{desk.lat}/{desk.lon}"
        asked = f"{desk.lat},{desk.lon}"
    else:
        asked = full_address(desk) or f"{desk.name}, {current_province().name}"
        street_map = "search?" + urlencode({"query": asked})
    return [
        {"name": "OpenStreetMap", "url": f"https://www.openstreetmap.org/{street_map}"},
        {
            "name": "Google Maps",
            "url": "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": asked}),
        },
    ]


def follows(desk: Agency, calendar: WorkCalendar) -> bool:
    """Whether the calendar speaks for the desk: it has no hours of its own, or the same in the same words."""
    if not desk.hours:
        return True
    with translation.override("vi"):
        usual = hours(calendar)
    return _words(desk.hours) == _words(usual)


def hours(calendar: WorkCalendar) -> str:
    """07:30–11:30 và 13:30–17:00, thứ Hai đến thứ Sáu"""
    sessions = [f"{start:%H:%M}–{end:%H:%M}" for start, end in calendar.sessions]
    numbers = sorted(calendar.weekdays)
    names = [_(WEEKDAYS[number - 1]) for number in numbers]
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        days = _("%(first)s đến %(last)s") % {"first": names[0], "last": names[-1]}
    else:
        days = ", ".join(names)
    return f"{_both(sessions)}, {days}"


def breaks(calendar: WorkCalendar) -> str:
    """11:30–13:30, between two sessions; empty where there is one alone."""
    ends = zip(calendar.sessions, calendar.sessions[1:], strict=False)
    return ", ".join(f"{before[1]:%H:%M}–{after[0]:%H:%M}" for before, after in ends)


def state(opening: Opening) -> Context:
    """Open or closed, and until when; true until that moment, however late the page is shown."""
    hour = wording.hour(opening.until)
    if opening.is_open:
        return {"is_open": True, "tag": _("Đang mở cửa"), "line": _("Đến %(hour)s") % {"hour": hour}}
    if opening.until.date() == clock.today():
        return {
            "is_open": False,
            "tag": _("Đang nghỉ"),
            "line": _("Mở cửa lúc %(hour)s hôm nay") % {"hour": hour},
        }
    return {
        "is_open": False,
        "tag": _("Đã đóng cửa"),
        "line": _("Mở lại %(day)s, lúc %(hour)s") % {"day": day(opening.until.date()), "hour": hour},
    }


def day(on: date) -> str:
    """thứ Hai 30/11"""
    return f"{_(WEEKDAYS[on.weekday()])} {on:%d/%m}"


def days_ahead(calendar: WorkCalendar) -> list[Context]:
    """The days off and the make-up days of the two weeks that begin today."""
    found = exceptional_days(calendar, clock.today(), DAYS_AHEAD)
    return [
        {"day": day(on), "is_open": calendar.is_open_day(on), "name": calendar.days_off.get(on, "")}
        for on in found
    ]


def _both(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return _("%(first)s và %(last)s") % {"first": ", ".join(texts[:-1]), "last": texts[-1]}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))
