"""Việc hôm nay, the first page of the day: numbers that lead to lists, the own queue, approvals and load for leaders."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dossiers.desk import phone_calls
from dossiers.desk.frame import shell
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.desk.worklist.filters import NAMES
from dossiers.desk.worklist.row import deadline_text
from dossiers.lifecycle.permissions import visible_to
from dossiers.models import Proposal
from dossiers.rules.workflow.workflow import Transition
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_with, roles_anywhere

MOST_PEOPLE = 12


@dataclass(frozen=True)
class Share:
    """The open dossiers at an agency or with a person, and the late ones among them."""

    key: int
    name: str
    open: int
    late: int


def approvals(leader: User) -> QuerySet[Proposal]:
    """Proposals that this person may approve now, the longest waiting first.

    Proposals that a later event has made void are left out, and so are this person's own.
    """
    led = agencies_with(leader, (Role.LEADER,))
    where = Q() if led is None else Q(dossier__competent_agency__in=led)
    return (
        Proposal.objects.filter(
            where, outcome=Proposal.Outcome.WAITING, seen=F("dossier__last_sequence"), dossier__closed_at=None
        )
        .exclude(asked_by=leader)
        .select_related(
            "asked_by",
            "dossier__owner",
            "dossier__procedure",
            "dossier__calendar_version",
            "dossier__workflow_version",
        )
        .order_by("asked_at", "pk")
    )


def late_by_agency(leader: User) -> list[Share]:
    """The agencies with late dossiers that this person may see, the most first."""
    return [one for one in _shares(leader, "holding_agency", "holding_agency__name") if one.late]


def load_by_person(leader: User) -> list[Share]:
    """Open dossiers by assignee, of those this person may see: the most late first, at most MOST_PEOPLE."""
    return _shares(leader, "assignee", "assignee__full_name")[:MOST_PEOPLE]


def _shares(leader: User, key: str, name: str) -> list[Share]:
    found = (
        visible_to(leader)
        .filter(closed_at=None)
        .exclude(**{key: None})
        .order_by()
        .values_list(key, name)
        .annotate(
            n_open=Count("pk"), n_late=Count("pk", filter=worklist_counts.late(worklist_counts.moments()))
        )
        .order_by("-n_late", "-n_open", name)
    )
    return [Share(*row) for row in found]


@dataclass(frozen=True)
class Tile:
    """A number that leads to its list."""

    word: str | Promise
    number: int
    line: str
    url: str
    tone: str
    icon: str


_TILES = (
    ("qua-han", "late", "error"),
    ("hom-nay", "today", "alarm"),
    ("sap-han", "soon", "hourglass_top"),
    ("cho-dan", "wait", "pause_circle"),
    ("cho-tra", "done", "task_alt"),
)


def page(request: HttpRequest) -> HttpResponse:
    """The numbers, this person's queue, calls to make; for leaders approvals and load."""
    user = acting_user(request)
    roles = roles_anywhere(user)
    context = {
        "title": _("Việc hôm nay"),
        "tiles": _tiles(user),
        "queue": [(dossier, deadline_text(dossier), step) for dossier, step in worklist_counts.queue(user)],
        "own": worklist_counts.number_own(user),
        "works": not roles.isdisjoint({Role.CLERK, Role.SPECIALIST}),
        "calls": phone_calls.badge(request) or 0,
        "leads": _leads(user) if Role.LEADER in roles else None,
        "listing": reverse("admin:dossiers_dossier_changelist"),
        **shell(request),
    }
    return render(request, "desk/today.html", context)


def _leads(user: User) -> dict[str, Any]:
    return {
        "approvals": [(one, deadline_text(one.dossier), _(_step(one).name)) for one in approvals(user)],
        "late": late_by_agency(user),
        "load": load_by_person(user),
        "soon": [(dossier, deadline_text(dossier)) for dossier in worklist_counts.to_apologise(user)],
    }


def _step(proposal: Proposal) -> Transition:
    return proposal.dossier.workflow_version.workflow.transitions[proposal.transition]


def _tiles(user: User) -> list[Tile]:
    counts, mine = worklist_counts.counts(user), worklist_counts.counts(user, worklist_counts.turn(user))
    listing = reverse("admin:dossiers_dossier_changelist")
    return [
        Tile(
            NAMES[name],
            counts[name],
            _("%(n)d của tôi") % {"n": mine[name]},
            f"{listing}?viec={name}",
            tone,
            icon,
        )
        for name, tone, icon in _TILES
    ]
