"""Sessions of a person, and browsers in which an account has signed in before.

A signed cookie marks such a browser for half a year. It opens nothing: it only gives its browser tries of its own.
"""

import re
import secrets
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import Session, User
from tenants.accounts.requests import acting_user
from tenants.accounts.signin import audit_trail
from tenants.isolation import crypto, signing
from tenants.web.public_pages import set_cookie

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


def device_id(request: HttpRequest, username: str) -> str:
    """The number of this browser with this account, if the account has signed in here before; else ""."""
    return _remembered(request).get(_name(username), "")


def known_device(request: HttpRequest) -> str:
    """The number of this browser with the account that signed in here last, whichever that is; else ""."""
    return next(reversed(_remembered(request).values()), "")


def known_name(request: HttpRequest) -> str:
    """The digest of the name of the account that signed in here last, from whichever browser; else ""."""
    return next(reversed(_remembered(request)), "")


def remember_device(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Note in this browser that this account has signed in here."""
    people = {name: number for name, number in _remembered(request).items() if name != _name(username)}
    people[_name(username)] = secrets.token_hex(12)
    kept = dict(list(people.items())[-MOST_PEOPLE:])
    set_cookie(response, settings.DEVICE_COOKIE_NAME, signing.dumps(kept, purpose="browser"), lasts=LASTS)


def describe_device(request: HttpRequest) -> str:
    """Program and system of a browser, in a few words: “Firefox, Windows”. Never its version or its place."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:500]
    program = next((name for pattern, name in _PROGRAMS if re.search(pattern, agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (program, system))) or _("thiết bị không rõ")


def _remembered(request: HttpRequest) -> dict[str, str]:
    try:
        people = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), purpose="browser", max_age=LASTS
        )
    except BadSignature:
        return {}
    return people if isinstance(people, dict) else {}


def _name(username: str) -> str:
    return crypto.token_digest(username.casefold())[:16]


def sessions_of(user: User, request: HttpRequest | None = None) -> QuerySet[Session, Any]:
    """The living sessions of this person, the one used last first; `is_this` marks the one of the request.

    Without their keys: a reader of the list cannot take a session over.
    """
    own = request.session.session_key if request is not None else None
    rows = Session.objects.filter(user=user, expire_date__gt=clock.now()).order_by("-seen_at")
    return rows.values("device", "started_at", "seen_at", is_this=Q(session_key=own))


def end_others(request: HttpRequest) -> int:
    """End all sessions of who asks but the one of the request; how many were ended."""
    user = acting_user(request)
    ended, _rows = Session.objects.filter(user=user).exclude(session_key=request.session.session_key).delete()
    if ended:
        audit_trail.record("others_ended", user, request=request, actor=user, sessions=ended)
    return ended


def end_all(user: User) -> int:
    """End every session of this person; how many there were."""
    ended, _rows = Session.objects.filter(user=user).delete()
    return ended


def end_for(request: HttpRequest, user: User, *, actor: User) -> None:
    """End the sessions of this person: all but the present one, where the person is `actor`."""
    if actor.pk == user.pk:
        end_others(request)
    else:
        end_all(user)


def delete_expired() -> None:
    """Remove the rows of sessions whose time is over."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
