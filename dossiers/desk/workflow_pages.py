"""The page of a workflow: its picture, its steps and ways in words, and for what it holds. Read only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from dossiers.desk import workflow_text
from dossiers.desk.frame import for_staff
from dossiers.lifecycle import workflow_selection
from dossiers.models import WorkflowVersion
from dossiers.rules.workflow import diagram
from tenants.admin.sites import province_site


@for_staff
def page(request: HttpRequest, object_id: int) -> HttpResponse:
    """One version of a workflow; `is_newest` says whether dossiers are still received under it."""
    version = get_object_or_404(WorkflowVersion, pk=object_id)
    text = workflow_text.of(version)
    # The drawing escapes every name that the province gave.
    picture = mark_safe(diagram.draw(version.workflow, gettext))  # noqa: S308
    context = {
        **province_site.each_context(request),
        "opts": WorkflowVersion._meta,
        "is_fullwidth": "1",
        "title": text.name,
        "version": version,
        "text": text,
        "picture": picture,
        "reach": workflow_selection.reach(version.code),
        "is_newest": WorkflowVersion.in_force(version.code).pk == version.pk,
    }
    return render(request, "desk/workflow.html", context)
