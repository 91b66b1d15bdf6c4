"""What waits for whom: the late, the due, the paused, and one person's own queue. Lists and the first page of
the day ask here, so that a number and the list behind it never differ."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet

from dossiers.models import CalendarVersion, Dossier
from dossiers.rules.statuses import Status
from dossiers.rules.workflow import Transition
from dossiers.services.rights import next_steps
from dossiers.visibility import visible_to
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.rights import agencies_of

SOON_WORKING_DAYS = 2
QUEUE_LENGTH = 15


@dataclass(frozen=True)
class Moments:
    """The bounds between late, today and soon, as they are now."""

    now: datetime
    midnight: datetime
    soon_ends: datetime


def moments() -> Moments:
    """Now, the end of today, and the end of the second working day from today, on the province's calendar."""
    now = clock.now().astimezone(clock.VIETNAM)
    calendar = CalendarVersion.in_force().calendar
    return Moments(
        now, _end_of(now), _end_of(calendar.opening(calendar.add_open_days(now.date(), SOON_WORKING_DAYS)))
    )


_RUNNING = Q(closed_at=None, finished_at=None, paused_since=None)
_WAITING_FOR_CITIZEN = (int(Status.SUPPLEMENT_REQUIRED), int(Status.PAYMENT_REQUIRED))


def late(at: Moments) -> Q:
    """The promised date has passed and there is no result."""
    return _RUNNING & Q(due_at__lt=at.now)


def due_today(at: Moments) -> Q:
    return _RUNNING & Q(due_at__gte=at.now, due_at__lt=at.midnight)


def due_soon(at: Moments) -> Q:
    """Due within two working days, but not today."""
    return _RUNNING & Q(due_at__gte=at.midnight, due_at__lt=at.soon_ends)


def waiting_for_citizen(_at: Moments) -> Q:
    """The citizen owes papers or money."""
    return Q(closed_at=None, status__in=_WAITING_FOR_CITIZEN)


def ready(_at: Moments) -> Q:
    """There is a result that nobody has fetched."""
    return Q(closed_at=None, status=int(Status.DONE))


KINDS: dict[str, Callable[[Moments], Q]] = {
    "qua-han": late,
    "hom-nay": due_today,
    "sap-han": due_soon,
    "cho-dan": waiting_for_citizen,
    "cho-tra": ready,
}
"""The views of the list by the name they have in its address."""


def own(user: User) -> Q:
    """What this person works on: given to them, or lying with nobody at their agency."""
    agencies = agencies_of(user)
    unassigned = Q(assignee=None) if agencies is None else Q(assignee=None, holding_agency__in=agencies)
    return Q(closed_at=None) & (Q(assignee=user) | unassigned)


def counts(user: User) -> dict[str, tuple[int, int]]:
    """For each kind how many this person may see, and how many of them are given to them; one statement."""
    at = moments()
    asked = {
        f"{place}_{whose}": Count("pk", filter=condition(at) & extra)
        for place, condition in enumerate(KINDS.values())
        for whose, extra in (("all", Q()), ("mine", Q(assignee=user)))
    }
    found = (
        visible_to(user)
        .filter(closed_at=None)
        .order_by()
        .aggregate(**{f"n{name}": count for name, count in asked.items()})
    )
    return {name: (found[f"n{place}_all"], found[f"n{place}_mine"]) for place, name in enumerate(KINDS)}


def queue(user: User, limit: int = QUEUE_LENGTH) -> list[tuple[Dossier, Transition | None]]:
    """What this person does next, nearest deadline first, with the step that usually comes next where there is one.

    What waits for the citizen and finished results are left out: nobody here can move them along.
    """
    dossiers: QuerySet[Dossier] = (
        visible_to(user)
        .filter(own(user), finished_at=None)
        .exclude(status__in=_WAITING_FOR_CITIZEN)
        .select_related(
            "procedure",
            "owner",
            "holding_agency",
            "receiving_agency",
            "competent_agency",
            "support_point",
            "calendar_version",
            "workflow_version",
        )
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    rows = list(dossiers[:limit])
    steps = next_steps(rows, user)
    return [(dossier, next((step for step in steps[dossier.pk] if step.primary), None)) for dossier in rows]


def to_apologise(user: User, limit: int = 8) -> list[Dossier]:
    """Dossiers due within two working days that this person may see: an apology must leave before the due day."""
    at = moments()
    return list(
        visible_to(user)
        .filter(due_soon(at), kind=Dossier.Kind.NORMAL)
        .select_related("procedure", "owner", "calendar_version")
        .order_by("due_at", "pk")[:limit]
    )


def _end_of(moment: datetime) -> datetime:
    """Midnight after this moment, in Vietnam."""
    local = moment.astimezone(clock.VIETNAM)
    return datetime.combine(local.date() + timedelta(days=1), time.min, tzinfo=clock.VIETNAM)
