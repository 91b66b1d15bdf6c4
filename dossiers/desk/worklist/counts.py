"""Conditions and counts of the worklist: late, due, paused, and one person's own queue. Lists and the first page
of the day share them, so that a number and the list behind it never differ."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.event_journal import READ_WITH, SUPPLY
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.permissions import next_steps, visible_to
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_with

SOON_WORKING_DAYS = 2
QUEUE_LENGTH = 15
MOST_TO_APOLOGISE = 8


@dataclass(frozen=True)
class Moments:
    """The bounds between late, today and soon, as they are now, on the province's calendar."""

    now: datetime
    midnight: datetime
    soon_ends: datetime
    today: date
    calendar: WorkCalendar


def moments() -> Moments:
    """Now, the end of today, and the end of the second working day from today: one statement."""
    today, calendar = clock.today(), CalendarVersion.in_force().calendar
    soon = calendar.add_open_days(today, SOON_WORKING_DAYS)
    midnight, soon_ends = (clock.beginning(day + timedelta(days=1)) for day in (today, soon))
    return Moments(clock.now(), midnight, soon_ends, today, calendar)


def running() -> Q:
    """The count runs, and is ours."""
    return Q(closed_at=None, finished_at=None, paused_since=None) & rules_in_force.settled_here()


_WAITING_FOR_CITIZEN = (int(Status.SUPPLEMENT_REQUIRED), int(Status.PAYMENT_REQUIRED))


def late(at: Moments) -> Q:
    """The promised date has passed and there is no result."""
    return running() & Q(due_at__lt=at.now)


def due_today(at: Moments) -> Q:
    return running() & Q(due_at__gte=at.now, due_at__lt=at.midnight)


def due_soon(at: Moments) -> Q:
    """Due within two working days, but not today."""
    return running() & Q(due_at__gte=at.midnight, due_at__lt=at.soon_ends)


def _open_here() -> Q:
    return Q(closed_at=None) & rules_in_force.settled_here()


KINDS: dict[str, Callable[[Moments], Q]] = {
    "qua-han": late,
    "hom-nay": due_today,
    "sap-han": due_soon,
    # The citizen owes papers or money.
    "cho-dan": lambda _at: _open_here() & Q(status__in=_WAITING_FOR_CITIZEN),
    # There is a result to be handed over.
    "cho-tra": lambda _at: _open_here() & Q(status=int(Status.DONE)),
    # Not accepted or sent back yet.
    "nop-truc-tuyen": lambda _at: _open_here() & Q(status=int(Status.NEW)),
}
"""The views of the list by the name they have in its address."""


def turn(user: User) -> Q:
    """This person's turn by the workflow: open, at a step of a role that they have where the dossier lies.

    A specialist's dossiers are those assigned to them or unassigned; steps of clerks and leaders are their office's.
    """
    found = Q(pk__in=())
    for role, steps in _steps_by_role().items():
        agencies = agencies_with(user, (role,))
        here = steps if agencies is None else steps & Q(holding_agency__in=agencies)
        if role == Role.SPECIALIST:
            here &= Q(assignee=None) | Q(assignee=user)
        found |= here
    return _open_here() & found


def own(user: User) -> Q:
    """Dossiers that this person can advance now: their turn, no result yet, not waiting for the citizen, or for one who
    has sent all of a request by now."""
    came = Event.objects.filter(
        dossier=OuterRef("pk"), kind=SUPPLY, at__gte=OuterRef("paused_since"), note__data__lacking=[]
    )
    is_ready = ~Q(status__in=_WAITING_FOR_CITIZEN) | Q(Exists(came))
    return turn(user) & Q(finished_at=None) & is_ready


def _steps_by_role() -> dict[str, Q]:
    """For each role the steps at which it is its turn, in every version of every workflow of the province."""
    versions: dict[tuple[str, frozenset[str]], list[int]] = {}
    for version in WorkflowVersion.objects.defer("data"):
        steps = version.workflow.steps.values()
        roles: set[str] = {step.role for step in steps}
        for role in roles:
            codes = frozenset(step.code for step in steps if step.role == role)
            versions.setdefault((role, codes), []).append(version.pk)
    found: dict[str, Q] = {}
    for (role, codes), keys in versions.items():
        found[role] = found.get(role, Q()) | Q(workflow_version__in=keys, step__in=codes)
    return found


def counts(user: User, of: Q | None = None, *, at: Moments | None = None) -> dict[str, int]:
    """For each kind how many of the dossiers that this person may see, or of those among them; one statement
    beside that of `moments`."""
    at = at or moments()
    found = (
        visible_to(user)
        .filter(of or Q(), closed_at=None)
        .order_by()
        .aggregate(**{f"n{place}": Count("pk", filter=kind(at)) for place, kind in enumerate(KINDS.values())})
    )
    return {name: found[f"n{place}"] for place, name in enumerate(KINDS)}


def queue(user: User) -> list[tuple[Dossier, Transition]]:
    """This person's next dossiers, nearest deadline first, with the usual next step; where the workflow names none,
    the first that does not end the dossier badly."""
    dossiers: QuerySet[Dossier] = (
        visible_to(user)
        .filter(own(user))
        .select_related(*READ_WITH)
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    rows = list(dossiers[:QUEUE_LENGTH])
    steps = next_steps(rows, user)
    return [(dossier, step) for dossier in rows if (step := likely(steps[dossier.pk])) is not None]


def number_own(user: User) -> int:
    """How many dossiers `own` holds for this person: the length of the list behind it."""
    return visible_to(user).filter(own(user)).order_by().count()


def in_order(steps: Collection[Transition]) -> list[Transition]:
    """The usual step first, what ends a dossier badly last; otherwise as the workflow has them."""
    return sorted(steps, key=lambda step: (not step.primary, step.danger))


def likely(steps: Collection[Transition]) -> Transition | None:
    """The step that usually comes next among those that a person may take; None when there is none to take."""
    return next(iter(in_order(steps)), None)


def to_apologise(user: User, at: Moments) -> list[Dossier]:
    """Dossiers due within two working days that this person may see: an apology must leave before the due day."""
    return list(
        visible_to(user)
        .filter(due_soon(at), kind=Dossier.Kind.NORMAL)
        .select_related("procedure", "owner", "calendar_version")
        .order_by("due_at", "pk")[:MOST_TO_APOLOGISE]
    )
