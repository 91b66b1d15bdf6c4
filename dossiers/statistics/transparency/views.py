"""Views of the figures: the page, JSON, CSV, the schema. The answers are public and may be cached for a while."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from dossiers.statistics.transparency import late_causes, open_data, page
from dossiers.statistics.transparency.report import NotCounted, Report, read
from tenants.isolation.context import current_province
from tenants.organisation.kept_pages import kept_page
from tenants.web.absolute_urls import absolute

KEPT_SECONDS = 300
SCHEMA_KEPT_SECONDS = 24 * 60 * 60

_public = kept_page("figures", "catalogue", seconds=KEPT_SECONDS, parameters=("ky",))


@_public
def transparency(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach/?ky=2026-10"""
    report = _asked(request)
    if report is None:
        return render(request, "statistics/transparency_empty.html")
    causes, opinions = late_causes.with_opinions(report.chosen.period)
    context = {"figures": page.of(report), "causes": causes, "content": opinions}
    return render(request, "statistics/transparency.html", context)


@_public
def as_json(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.json?ky=2026-10"""
    schema = absolute(reverse("transparency-schema"))
    response = JsonResponse(
        open_data.as_json(_report(request), current_province(), schema),
        json_dumps_params={"ensure_ascii": False},
    )
    return _open_to_all(response)


@_public
def as_csv(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.csv?ky=2026-10"""
    report = _report(request)
    response = HttpResponse(
        open_data.as_csv(report, current_province()), content_type="text/csv; charset=utf-8"
    )
    name = f"minh-bach-{current_province().slug}-{report.chosen.period.key}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _open_to_all(response)


@require_safe
@conditional_page
def schema(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.schema.json"""
    response = HttpResponse(open_data.SCHEMA.read_bytes(), content_type="application/json; charset=utf-8")
    patch_cache_control(response, public=True, max_age=SCHEMA_KEPT_SECONDS)
    return _open_to_all(response)


def _asked(request: HttpRequest) -> Report | None:
    try:
        return read(request.GET.get("ky", ""))
    except NotCounted:
        raise Http404(_("Chưa có số liệu của kỳ này.")) from None


def _report(request: HttpRequest) -> Report:
    report = _asked(request)
    if report is None:
        raise Http404(_("Chưa có số liệu."))
    return report


def _open_to_all(response: HttpResponse) -> HttpResponse:
    """Pages of other sites may read it: it is open data, and no cookie changes it."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Link"] = f'<{open_data.LICENCE["url"]}>; rel="license"'
    return response
