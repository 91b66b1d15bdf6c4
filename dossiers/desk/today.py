"""Việc hôm nay: what a clerk sees first in the morning. Numbers are links to the list behind them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dossiers import workload
from dossiers.desk import call_pages, deadline_text
from dossiers.desk.filters import NAMES
from dossiers.desk.page import shell
from tenants.accounts.models import User
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
    """The numbers, this person's queue, who must be called, what an apology must leave for."""
    user: User = request.user  # type: ignore[assignment]
    context = {
        "title": _("Việc hôm nay"),
        "tiles": _tiles(user),
        "queue": [(dossier, deadline_text.of(dossier), step) for dossier, step in workload.queue(user)],
        "calls": call_pages.badge(request) or 0,
        "soon": [(dossier, deadline_text.of(dossier)) for dossier in workload.to_apologise(user)]
        if Role.LEADER in roles_anywhere(user)
        else None,
        **shell(request),
    }
    return render(request, "desk/today.html", context)


def _tiles(user: User) -> list[Tile]:
    counts = workload.counts(user)
    listing = reverse("admin:dossiers_dossier_changelist")
    return [
        Tile(
            NAMES[name],
            counts[name][0],
            _("%(n)d của tôi") % {"n": counts[name][1]},
            f"{listing}?viec={name}",
            tone,
            icon,
        )
        for name, tone, icon in _TILES
    ]
