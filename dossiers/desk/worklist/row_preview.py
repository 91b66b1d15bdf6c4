"""A look at a dossier from its row in the list: what happened last, which papers are missing, what comes next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers import services
from dossiers.desk.frame import visible
from dossiers.desk.worklist import counts
from dossiers.lifecycle import document_checklist
from dossiers.presentation import history
from tenants.accounts.requests import acting_user
from tenants.audit import log

LAST_EVENTS = 3


@require_safe
def page(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """A piece of a page, for the row that was opened."""
    dossier = visible(request, dossier_id)
    user = acting_user(request)
    events = list(dossier.events.select_related("note").order_by("sequence"))
    log.record("dossier.read", dossier.subject, request=request)
    workflow = dossier.workflow_version.workflow
    context = {
        "dossier": dossier,
        "rows": [(event, history.title(event, workflow)) for event in reversed(events[-LAST_EVENTS:])],
        "checklist": document_checklist.checklist(dossier),
        "asked_for": document_checklist.asked_for(dossier, events),
        "next": counts.likely(services.possible_transitions(dossier, user)),
    }
    response = render(request, "desk/glance.html", context)
    response["Cache-Control"] = "no-store"
    return response
