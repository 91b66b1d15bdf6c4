"""Bare views beside which the portal's pages are measured: Django without middleware, reads, and a line of JSON.

`reads` are the two querysets of the status page as it stood when the floor was laid, ten joins and all. They are written
here once more on purpose: a status page that reads less does not lower the floor.
"""

import hashlib
import os
from typing import Any

from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from dossiers.lifecycle.models import AccessToken, Dossier
from tenants import clock
from tenants.isolation import province_cache

SLUG = os.environ["BENCH_PROVINCE"]
RELATED = (
    "procedure",
    "procedure_version",
    "workflow_version",
    "calendar_version",
    "owner",
    "recipient",
    "receiving_agency",
    "competent_agency",
    "assignee",
)
_found: list[Any] = []


def reads(request: HttpRequest, token: str) -> HttpResponse:
    """A dossier by its address, and its events."""
    _enter()
    digest = hashlib.sha256(token.encode()).hexdigest()
    living = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    related = [f"dossier__{name}" for name in RELATED]
    opened = AccessToken.objects.filter(living, digest=digest, revoked_at=None).select_related(
        "dossier", *related
    )
    dossier = opened[0].dossier
    events = list(dossier.events.select_related("note", "agency").order_by("sequence"))
    return JsonResponse({"code": dossier.code, "events": [event.kind for event in events]})


def one_row(request: HttpRequest, code: str) -> HttpResponse:
    """Three columns of a dossier by its code."""
    _enter()
    found = Dossier.objects.only("code", "status", "due_at").get(code=code)
    return JsonResponse({"code": found.code, "status": found.status, "due": found.due_at})


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing is read."""
    return HttpResponse("ok")


def _enter() -> None:
    if not _found:
        _found.append(province_cache.by_slug(SLUG))
    connection.set_tenant(_found[0])


urlpatterns = [
    path("reads/<str:token>/", reads),
    path("row/<str:code>/", one_row),
    path("empty/", empty),
    path("healthz", empty),
]
