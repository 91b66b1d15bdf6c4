"""Public pages of announcements: the present ones, those of a year, one of them, the Atom feed. No cookie."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from messaging.broadcasts import queries
from messaging.broadcasts import words as presentation
from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation.kept_pages import kept_page
from tenants.web.absolute_urls import absolute
from tenants.web.public_pages import paged

ENTRIES = 20

PAGE_SIZE = 20
# Long enough to spare an office behind one address, short enough for what is withdrawn.
FRESH_SECONDS = 60
FIRST_YEAR = 2000

_public = partial(kept_page, "news", "catalogue", seconds=FRESH_SECONDS, also=queries.moments_passed)


@_public(parameters=("trang",))
def current(request: HttpRequest) -> HttpResponse:
    """Answer GET /thong-bao/?trang=: what is announced now."""
    return _list(request, queries.current(), {})


@_public(parameters=("trang",))
def of_year(request: HttpRequest, year: int) -> HttpResponse:
    """Answer GET /thong-bao/nam/<year>/?trang=: everything of a year, also what is over or withdrawn."""
    if not FIRST_YEAR <= year <= clock.today().year:
        raise Http404
    return _list(request, queries.of_year(year), {"year": year})


@_public()
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Answer GET /thong-bao/<number>/; 410 for one that was withdrawn, with the reason."""
    found = queries.get(number)
    if found is None:
        raise Http404
    context = {"announcement": presentation.page(found)}
    status = 410 if found.withdrawn_at else 200
    return render(request, "broadcasts/announcement.html", context, status=status)


@_public()
def atom(request: HttpRequest) -> HttpResponse:
    """Answer GET /thong-bao/atom.xml: the newest announcements, for readers of feeds."""
    return HttpResponse(write_feed(), content_type="application/atom+xml; charset=utf-8")


def _list(request: HttpRequest, found: QuerySet[Publication], context: dict[str, Any]) -> HttpResponse:
    page, pagination = paged(request, found, PAGE_SIZE)
    context |= {
        "announcements": [presentation.row(one) for one in page],
        "pagination": pagination,
        "years": queries.years(),
    }
    return render(request, "broadcasts/announcements.html", context)


def write_feed() -> str:
    with translation.override("vi"):
        province = current_province()
        feed = Atom1Feed(
            title=_("Thông báo – %(name)s") % {"name": province.name},
            link=absolute(reverse("announcements")),
            feed_url=absolute(reverse("announcements-atom")),
            description=None,
            language="vi",
        )
        for one in queries.current().select_related("issuer")[:ENTRIES]:
            address = absolute(reverse("announcement", args=[one.pk]))
            feed.add_item(
                title=one.title,
                link=address,
                unique_id=address,
                description=one.summary,
                author_name=one.issuer.name if one.issuer else province.name,
                pubdate=_moment(one.publish_from),
                updateddate=_moment(one.corrected_at or one.publish_from),
            )
        return str(feed.writeString("utf-8"))


def _moment(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None
