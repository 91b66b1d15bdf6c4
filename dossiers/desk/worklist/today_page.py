"""Việc hôm nay, the first page of the day: numbers that lead to lists, the own queue, approvals and load for leaders."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers.desk import phone_calls
from dossiers.desk.worklist import counts as worklist_counts
from dossiers.desk.worklist import workload
from dossiers.desk.worklist.counts import Moments
from dossiers.desk.worklist.filters import NAMES, TO_APPROVE, VIEW
from dossiers.desk.worklist.row import deadline_text
from dossiers.lifecycle.desk.frame import shell
from dossiers.lifecycle.models import Proposal
from dossiers.workflow.rules.schema import Transition
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_with, roles_anywhere


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


MOST_APPROVALS = 20
_TILES = (
    ("qua-han", "late", "error"),
    ("hom-nay", "today", "alarm"),
    ("sap-han", "soon", "hourglass_top"),
    ("cho-dan", "wait", "pause_circle"),
    ("cho-tra", "done", "task_alt"),
    ("nop-truc-tuyen", "filed", "inbox"),
)


def page(request: HttpRequest) -> HttpResponse:
    """The numbers, this person's queue, calls to make; for leaders approvals and load."""
    user, at = acting_user(request), worklist_counts.moments()
    roles = roles_anywhere(user)
    context = {
        "title": _("Việc hôm nay"),
        "tiles": _tiles(user, at),
        "due": workload.due_days(workload.due_by_day(user, at)),
        "queue": [(dossier, deadline_text(dossier), step) for dossier, step in worklist_counts.queue(user)],
        "own": worklist_counts.number_own(user),
        "works": not roles.isdisjoint({Role.CLERK, Role.SPECIALIST}),
        "calls": phone_calls.badge(request) or 0,
        "leads": _leads(user, at) if Role.LEADER in roles else None,
        "listing": reverse("admin:dossiers_dossier_changelist"),
        **shell(request),
    }
    return render(request, "desk/today.html", context)


def _leads(user: User, at: Moments) -> dict[str, Any]:
    people, waiting = workload.load_by_person(user, at), approvals(user)
    shown = list(waiting[:MOST_APPROVALS])
    return {
        "approvals": [(one, deadline_text(one.dossier), _(_step(one).name)) for one in shown],
        "waiting": waiting.count() if len(shown) == MOST_APPROVALS else len(shown),
        "list_of_approvals": f"?{VIEW}={TO_APPROVE}",
        "heat": workload.heat(user, at),
        "load": people,
        "most": max((one["open"] for one in people), default=0),
        "soon": [(dossier, deadline_text(dossier)) for dossier in worklist_counts.to_apologise(user, at)],
    }


def _step(proposal: Proposal) -> Transition:
    return proposal.dossier.workflow_version.workflow.transitions[proposal.transition]


def _tiles(user: User, at: Moments) -> list[dict[str, Any]]:
    """The numbers, each with the address of its list."""
    counts = worklist_counts.counts(user, at=at)
    mine = worklist_counts.counts(user, worklist_counts.turn(user), at=at)
    listing = reverse("admin:dossiers_dossier_changelist")
    return [
        {
            "word": NAMES[name],
            "number": counts[name],
            "line": _("%(n)d của tôi") % {"n": mine[name]},
            "url": f"{listing}?viec={name}",
            "tone": tone,
            "icon": icon,
        }
        for name, tone, icon in _TILES
    ]
