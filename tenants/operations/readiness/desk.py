"""Readiness of the province as a page: the report of `manage.py province check`."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants import clock
from tenants.folder.readiness import Finding, Level, State
from tenants.isolation.context import current_province
from tenants.operations.readiness.all_checks import run_checks
from tenants.operations.readiness.text import verdict
from tenants.organisation.models import Role
from tenants.organisation.rights import roles_anywhere

READERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


def may_open(request: HttpRequest) -> bool:
    """Whether the page is for this person: an administrator or auditor of the province."""
    return bool(READERS & roles_anywhere(request.user))


@never_cache
@require_safe
def readiness_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Run the checks up to a level and show what they found. Changes nothing; providers may be asked."""
    if not may_open(request):
        raise PermissionDenied
    asked = request.GET.get("muc")
    report = run_checks(current_province().slug, Level(asked) if asked in list(Level) else None)
    found = report.by_state
    to_repair = [
        (_("Chặn"), _("sửa xong mới vào mức này được"), "bad", _with_pages(site, request, found["blocked"])),
        (_("Cảnh báo"), _("nên sửa, không chặn"), "warn", _with_pages(site, request, found["warning"])),
    ]
    context = {
        **site.each_context(request),
        "title": _("Mức sẵn sàng"),
        "report": report,
        "verdict": verdict(report, codes=False),
        "levels": list(Level),
        "now": clock.now(),
        "to_repair": [part for part in to_repair if part[3]],
        "passed": found["ok"],
        "skipped": found["skipped"],
    }
    return render(request, "operations/readiness.html", context)


MOST_MISSING = 5


def missing(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """For the first page of an administrator: what the province still lacks, blocking findings first, with the pages
    that repair it. Asks no provider; empty for others."""
    if not may_open(request):
        return {}
    report = run_checks(current_province().slug, outside=False)
    found = [*report.by_state["blocked"], *report.by_state["warning"]]
    shown = _with_pages(site, request, found[:MOST_MISSING])
    return {
        "missing": [(one, one.state == State.BLOCKED, page) for one, page in shown],
        "missing_more": len(found) - len(shown),
        "asks_missing": True,
    }


def _with_pages(
    site: AdminSite, request: HttpRequest, findings: Iterable[Finding]
) -> list[tuple[Finding, str]]:
    found = []
    for one in findings:
        app, _dot, model = one.table.partition(".")
        may = bool(one.table) and request.user.has_perm(f"{app}.view_{model}")
        found.append((one, reverse(f"{site.name}:{app}_{model}_changelist") if may else ""))
    return found
