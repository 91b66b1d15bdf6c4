"""Quét mã: what was scanned or typed opens its dossier; a result that waits opens on handing it over."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers import services
from dossiers.desk.frame import shell
from dossiers.desk.worklist import deadline_text, quick_search
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.visibility import visible_to
from dossiers.models import Dossier
from dossiers.rules.statuses import Status
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user

MOST = 9


def page(request: HttpRequest) -> HttpResponse:
    """The box; with `q`, the one dossier it means, or up to nine to choose from by digit."""
    user = acting_user(request)
    text = request.GET.get("q", "")
    hits: list[Dossier] = []
    if text.strip():
        matching = quick_search.matching(visible_to(user), text, user).select_related(*READ_WITH)
        hits = list(matching.order_by("-received_at", "-pk")[: MOST + 1])
        if len(hits) == 1:
            return HttpResponseRedirect(_place(hits[0], user))
    context = {
        "title": _("Quét mã"),
        "text": text,
        "read": quick_search.read_as(text) if text.strip() else "",
        "hits": [(dossier, deadline_text.of(dossier), _place(dossier, user)) for dossier in hits[:MOST]],
        "more": len(hits) > MOST,
        **shell(request),
    }
    return render(request, "desk/scan.html", context)


def _place(dossier: Dossier, user: User) -> str:
    """Where this dossier opens: where its result is handed over, if this person may do so, or its page."""
    if dossier.status == Status.DONE:
        steps = services.possible_transitions(dossier, user)
        workflow = dossier.workflow_version.workflow
        giving = next((s for s in steps if workflow.steps[s.target].status is Status.RETURNED), None)
        if giving is not None:
            return reverse("admin:dossier-transition", args=[dossier.pk, giving.code])
    return reverse("admin:dossiers_dossier_change", args=[dossier.pk])
