"""What stands on the desk's list of calls: the open ones, oldest first, or what became of the latest."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Now

from messaging.models import Call, CallTry
from messaging.phone_calls.fallback_calls import MAY_CALL, visible_to
from tenants.accounts.models import User
from tenants.organisation.rights import agencies_where

SETTLED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls somebody asks for; empty means all."""

    own: bool = False
    """Only those of the desks this person works at, not of those below."""
    reason: str = ""
    subject: str = ""
    settled: bool = False
    """Those settled within the last days, the newest first, in place of the open ones."""


def find(user: User, wanted: Wanted) -> QuerySet[Call]:
    """The calls this person may see that are wanted, with desk and tries."""
    calls = visible_to(user)
    if wanted.settled:
        since = Now() - timedelta(days=SETTLED_DAYS)
        calls = calls.filter(settled_at__gte=since).order_by("-settled_at", "-pk")
    else:
        calls = calls.filter(settled_at__isnull=True).order_by("opened_at", "pk")
    if wanted.own:
        held = agencies_where(user, MAY_CALL)
        # The dissolved desk whose place one's own took is one's own as well.
        calls = calls.filter(Q(desk__in=held) | Q(desk__successor__in=held, desk__dissolved_on__isnull=False))
    if wanted.reason:
        calls = calls.filter(reason=wanted.reason)
    if wanted.subject:
        calls = calls.filter(subject=wanted.subject)
    tries = Prefetch("tries", CallTry.objects.select_related("by"))
    return calls.select_related("desk").prefetch_related(tries)
