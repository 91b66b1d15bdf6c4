"""Việc hôm nay: what staff see first in the morning. Numbers are links to the list behind them."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dossiers.desk.frame import shell
from dossiers.desk.phone_calls import pages
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.desk.worklist import deadline_text, leading
from dossiers.desk.worklist.filters import NAMES
from dossiers.models import Proposal
from dossiers.rules.workflow.workflow import Transition
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_anywhere


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
    """The numbers, this person's queue, who must be called; for leaders what waits for them, and the load."""
    user = acting_user(request)
    roles = roles_anywhere(user)
    context = {
        "title": _("Việc hôm nay"),
        "tiles": _tiles(user),
        "queue": [
            (dossier, deadline_text.of(dossier), step) for dossier, step in worklist_counts.queue(user)
        ],
        "own": worklist_counts.number_own(user),
        "works": not roles.isdisjoint({Role.CLERK, Role.SPECIALIST}),
        "calls": pages.badge(request) or 0,
        "leads": _leads(user) if Role.LEADER in roles else None,
        "listing": reverse("admin:dossiers_dossier_changelist"),
        **shell(request),
    }
    return render(request, "desk/today.html", context)


def _leads(user: User) -> dict[str, Any]:
    return {
        "approvals": [
            (one, deadline_text.of(one.dossier), _(_step(one).name)) for one in leading.approvals(user)
        ],
        "late": leading.late_by_agency(user),
        "load": leading.load_by_person(user),
        "soon": [(dossier, deadline_text.of(dossier)) for dossier in worklist_counts.to_apologise(user)],
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
