"""Views of the figures: the page, JSON, CSV, the schema. The answers are public and may be cached for a while."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from dossiers.transparency import disclosure_control, open_data, page
from dossiers.transparency.report import NotCounted, Report, read
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

KEPT_SECONDS = 300
SCHEMA_KEPT_SECONDS = 24 * 60 * 60

View = Callable[[HttpRequest], HttpResponse]


def _public(seconds: int) -> Callable[[View], View]:
    """GET and HEAD only, with an ETag, cached so long. It holds nothing personal."""

    def decorate(view: View) -> View:
        @require_safe
        @conditional_page
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            response = view(request)
            response["Cache-Control"] = f"public, max-age={seconds}"
            return response

        return answer

    return decorate


@_public(KEPT_SECONDS)
def transparency(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach/?ky=2026-10"""
    report = _asked(request)
    if report is None:
        return render(request, "citizen/transparency_empty.html")
    weight = len(open_data.as_csv(report, current_province()).encode())
    context = {
        "figures": page.of(report, weight),
        "content": page.content(disclosure_control.published_opinions(report.chosen.period)),
    }
    return render(request, "citizen/transparency.html", context)


@_public(KEPT_SECONDS)
def as_json(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.json?ky=2026-10"""
    schema = absolute(reverse("transparency-schema"))
    response = JsonResponse(
        open_data.as_json(_report(request), current_province(), schema),
        json_dumps_params={"ensure_ascii": False},
    )
    return _open_to_all(response)


@_public(KEPT_SECONDS)
def as_csv(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.csv?ky=2026-10"""
    report = _report(request)
    response = HttpResponse(
        open_data.as_csv(report, current_province()), content_type="text/csv; charset=utf-8"
    )
    name = f"minh-bach-{current_province().slug}-{report.chosen.period.key}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _open_to_all(response)


@_public(SCHEMA_KEPT_SECONDS)
def schema(request: HttpRequest) -> HttpResponse:
    """GET /minh-bach.schema.json"""
    return _open_to_all(
        HttpResponse(open_data.SCHEMA.read_bytes(), content_type="application/json; charset=utf-8")
    )


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
