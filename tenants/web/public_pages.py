"""Shared parts of the public pages: private responses, redirects, limits, pagination, the origin of a form."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlsplit

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenants.web.budgets import BudgetSpent
from tenants.web.rate_limits import WINDOW_SECONDS


def paged(request: HttpRequest, rows: Any, size: int) -> tuple[Any, dict[str, str] | None]:
    """The rows of the page `?trang=`, and the addresses of those before and after in the shape the templates use; None
    for a single page."""
    page = Paginator(rows, size).get_page(request.GET.get("trang", "1")[:6])
    if page.paginator.num_pages <= 1:
        return page, None
    return page, {
        "previous_url": f"{request.path}?trang={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"{request.path}?trang={page.next_page_number()}" if page.has_next() else "",
        "text": _("Trang %(page)d trên %(pages)d") % {"page": page.number, "pages": page.paginator.num_pages},
    }


def form_page[**Rest](
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A page whose form carries no token, since Zalo's browser loses cookies. Where the browser says from where it was
    sent, that must be this site. A budget that is used up is said in its own words."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if request.method == "POST" and not sent_from_here(request):
            return render(request, "403.html", status=403)
        try:
            return view(request, *args, **kwargs)
        except BudgetSpent as spent:
            return too_many_tries(request, retry_after=spent.retry_after, sentence=str(spent))

    return answer


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


def set_cookie(response: HttpResponse, name: str, value: str, *, lasts: int | timedelta) -> None:
    """Give the browser a cookie of this host, which no script reads and no other site sends along.

    `lasts`: how long, in seconds where it is a number.
    """
    response.set_cookie(
        name, value, max_age=lasts, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def see_other(url: str) -> HttpResponse:
    """303, so that going back does not send the form again."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return private(response)


def too_many_tries(
    request: HttpRequest, *, retry_after: int = WINDOW_SECONDS, key_helps: bool = False, sentence: str = ""
) -> HttpResponse:
    """The limit of tries is reached; it is open again after `retry_after` seconds. Without the `sentence` of a budget
    the page is about look-ups."""
    context = {"key_helps": key_helps, "today": retry_after > WINDOW_SECONDS, "sentence": sentence}
    response = private(render(request, "429.html", context, status=429))
    response["Retry-After"] = str(retry_after)
    return response
