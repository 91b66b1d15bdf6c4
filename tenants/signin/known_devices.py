"""Browsers in which somebody has signed in before, and what to call them in a list.

A signed cookie says so for half a year. It opens nothing: it only gives its browser tries of its own.
"""

import re
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenants.isolation.cache_keys import present_owner
from tenants.signin import secret_storage

LASTS = 180 * 24 * 60 * 60
MOST_PEOPLE = 12
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
# In this order, since most of them also claim to be the later ones.
_PROGRAMS = (
    (r"Zalo", "Zalo"),
    (r"coc_coc_browser", "Cốc Cốc"),
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrom(?:e|ium)/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)


def known_as(request: HttpRequest, username: str) -> str:
    """The number of this browser with this account, if the account has signed in here before; else ""."""
    return _remembered(request).get(_name(username), "")


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Note in this browser that this account has signed in here."""
    people = {name: number for name, number in _remembered(request).items() if name != _name(username)}
    people[_name(username)] = secrets.token_hex(12)
    kept = dict(list(people.items())[-MOST_PEOPLE:])
    response.set_cookie(
        _cookie(),
        signing.dumps(kept, salt=_salt(), compress=True),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def describe(request: HttpRequest) -> str:
    """Program and system of a browser, in a few words: “Firefox, Windows”. Never its version or its place."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:500]
    program = next((name for pattern, name in _PROGRAMS if re.search(pattern, agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (program, system))) or _("thiết bị không rõ")


def _remembered(request: HttpRequest) -> dict[str, str]:
    try:
        people = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_salt(), max_age=LASTS)
    except signing.BadSignature:
        return {}
    return people if isinstance(people, dict) else {}


def _cookie() -> str:
    return "__Host-may" if settings.SESSION_COOKIE_SECURE else "may"


def _salt() -> str:
    return f"mot-cua:{present_owner()}:browser"


def _name(username: str) -> str:
    return secret_storage.digest(username.casefold())[:16]
