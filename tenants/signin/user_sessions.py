"""Somebody's sessions: which there are, and ending them."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from tenants import clock
from tenants.accounts.models import Session, User
from tenants.accounts.requests import acting_user
from tenants.signin import audit_trail


@dataclass(frozen=True)
class Shown:
    """A session in a list. Not its key: who sees a list cannot take over what is in it."""

    device: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


def of(user: User, request: HttpRequest | None = None) -> list[Shown]:
    """The living sessions of this person, the one used last first; `is_this` marks the one of the request."""
    own = request.session.session_key if request is not None else None
    rows = Session.objects.filter(user=user, expire_date__gt=clock.now()).order_by("-seen_at")
    return [Shown(row.device, row.started_at, row.seen_at, row.session_key == own) for row in rows]


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


def sweep() -> None:
    """Remove the rows of sessions whose time is over."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
