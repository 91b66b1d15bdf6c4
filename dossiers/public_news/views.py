"""Pages of announcements for everybody: what is announced now, a year, one of them, the feed. No cookie."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from dossiers.public_news import announcement_presentation, atom_feed
from dossiers.public_pages import pagination
from messaging import announcements
from messaging.models import Announcement
from tenants import clock

PAGE_SIZE = 20
# Long enough to spare an office behind one address, short enough for what is withdrawn.
FRESH_SECONDS = 60
FIRST_YEAR = 2000


@require_safe
@conditional_page
def current(request: HttpRequest) -> HttpResponse:
    """Answer GET /thong-bao/?trang=: what is announced now."""
    return _list(request, announcements.current(), {})


@require_safe
@conditional_page
def of_year(request: HttpRequest, year: int) -> HttpResponse:
    """Answer GET /thong-bao/nam/<year>/?trang=: everything of a year, also what is over or withdrawn."""
    if not FIRST_YEAR <= year <= clock.today().year:
        raise Http404
    return _list(request, announcements.of_year(year), {"year": year})


@require_safe
@conditional_page
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Answer GET /thong-bao/<number>/; 410 for one that was withdrawn, with the reason."""
    found = announcements.get(number)
    if found is None:
        raise Http404
    context = {"announcement": announcement_presentation.page(found)}
    status = 410 if found.withdrawn_at else 200
    return _fresh(render(request, "citizen/announcement.html", context, status=status))


@require_safe
@conditional_page
def atom(request: HttpRequest) -> HttpResponse:
    """Answer GET /thong-bao/atom.xml: the newest announcements, for readers of feeds."""
    return _fresh(HttpResponse(atom_feed.atom(), content_type="application/atom+xml; charset=utf-8"))


def _list(request: HttpRequest, found: QuerySet[Announcement], context: dict[str, Any]) -> HttpResponse:
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("trang", "1")[:6])
    context |= {
        "announcements": [announcement_presentation.row(one) for one in page],
        "pagination": pagination(page, request.path),
        "years": announcements.years(),
    }
    return _fresh(render(request, "citizen/announcements.html", context))


def _fresh(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response
