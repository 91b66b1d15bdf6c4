"""Shared parts of the public pages: private responses, redirects, limits, pagination, the origin of a form."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from tenants.web.rate_limits import WINDOW_SECONDS


def pagination(page: Any, path: str) -> dict[str, str] | None:
    """Addresses of the pages before and after, in the shape the templates use; None for a single page."""
    if page.paginator.num_pages <= 1:
        return None
    return {
        "previous_url": f"{path}?trang={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"{path}?trang={page.next_page_number()}" if page.has_next() else "",
        "text": _("Trang %(page)d trên %(pages)d") % {"page": page.number, "pages": page.paginator.num_pages},
    }


def sent_from_here(request: HttpRequest) -> bool:
    """False only when the browser says that another site sent this form."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin", "")
    if not origin or origin == "null":
        return True
    try:
        return urlsplit(origin).netloc == request.META.get("HTTP_HOST", "")
    except ValueError:
        return False


def private(response: HttpResponse) -> HttpResponse:
    """Headers of pages that belong to one person: kept nowhere, referred to nowhere, indexed nowhere."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def see_other(url: str) -> HttpResponse:
    """303, so that going back does not send the form again."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return private(response)


def too_many_tries(
    request: HttpRequest, *, retry_after: int = WINDOW_SECONDS, key_helps: bool = False
) -> HttpResponse:
    """The limit of tries is reached; it is open again after `retry_after` seconds."""
    context = {"key_helps": key_helps, "today": retry_after > WINDOW_SECONDS}
    response = private(render(request, "429.html", context, status=429))
    response["Retry-After"] = str(retry_after)
    return response
