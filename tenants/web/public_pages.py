"""Shared parts of the public pages: private responses, redirects, limits, pagination, the origin of a form.

What answers a post and leads nowhere, such as a form with its errors, is kept for minutes and shown at an address of its
own: the browser's *back* never asks to send a form again. It is kept encrypted, for the browser that sent the post.
"""

import base64
import json
import secrets
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, Concatenate
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenants.isolation import crypto
from tenants.web import rate_limits
from tenants.web.budgets import EVERYWHERE, HOUR, NETWORK, PORTAL, PROVINCE, SITE, Budget, BudgetSpent, Limit
from tenants.web.client_address import client_address
from tenants.web.rate_limits import WINDOW_SECONDS

SHOWN_AGAIN = "xem-lai"
"""Parameter of an address that shows the answer to a post."""
KEPT_SECONDS = 10 * 60
GONE = 410
"""Nothing is behind this address any more that could tell to whom a kept answer may be shown."""
_OF_A_SESSION = "1"
# Kilobytes, all of which lie in the memory of the same cache that carries the codes of all provinces.
LONGEST_KEPT = 30
_KEPT = Budget(
    "kept-answers", "", Limit(NETWORK, 2900), Limit(SITE, 6000), Limit(EVERYWHERE, 6000), Limit(PORTAL, 32_000),
    Limit(PROVINCE, 12_000, narrowed=200),
)  # fmt: skip


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
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse], *, of_session: bool = False
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A page whose form carries no token, since Zalo's browser loses cookies. Where the browser says from where it was
    sent, that must be this site. A budget that is used up is said in its own words, at once: it may cost nothing.

    `of_session`: the page lets in one session, and shows the `answer_of_post` itself to who is let in.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        is_post = request.method == "POST"
        if is_post and not sent_from_here(request):
            return render(request, "403.html", status=403)
        if not of_session and (kept := answer_of_post(request)):
            return kept
        try:
            response = view(request, *args, **kwargs)
        except BudgetSpent as spent:
            return too_many_tries(request, retry_after=spent.retry_after, sentence=str(spent))
        return _led_on(request, response, _OF_A_SESSION if of_session else "") if is_post else response

    return answer


def answer_of_post(request: HttpRequest) -> HttpResponse | None:
    """The kept answer that this address shows; None for other addresses, in another browser or language, and later."""
    kept = _opened(request, request.GET.get(SHOWN_AGAIN, ""), get_language())
    return HttpResponse(kept[2], status=kept[0], headers=kept[1]) if kept else None


def refused_post(request: HttpRequest) -> MultiValueDict[str, str]:
    """What the post said whose answer a page `of_session` keeps at this address, to draw it anew in another language."""
    is_shown = request.GET.get(SHOWN_AGAIN) == _OF_A_SESSION
    return MultiValueDict(_opened(request, _OF_A_SESSION, None) or {} if is_shown else {})


def _led_on(request: HttpRequest, response: HttpResponse, name: str) -> HttpResponse:
    """A redirect, after which an earlier answer is forgotten; for any other answer one to where it is shown.

    Where it cannot be kept, or none may see it any more, the answer itself.
    """
    shown = name or request.GET.get(SHOWN_AGAIN, "")
    try:
        if shown:
            cache.delete_many([_key(request, shown, one) for one in (None, *dict(settings.LANGUAGES))])
        if 300 <= response.status_code < 400 or response.status_code == GONE:
            return response
        name = name or secrets.token_urlsafe(12)
        kept: dict[str | None, Any] = {}
        kept[get_language()] = [response.status_code, dict(response.items()), response.content.decode()]
        if name == _OF_A_SESSION:
            kept[None] = list(request.POST.lists())
        packed = {one: zlib.compress(json.dumps(what).encode()) for one, what in kept.items()}
        sealed = {
            _key(request, name, one): crypto.encrypt(base64.b85encode(packed[one]).decode()) for one in packed
        }
        size = sum(map(len, sealed.values()))
        if size > LONGEST_KEPT * 1000:
            return response
        _KEPT.take(1 + size // 1000, address=client_address(request))
        cache.set_many(sealed, KEPT_SECONDS)
    except Exception:  # without the cache, or beyond the budget, nothing that was typed is lost
        return response
    query = request.GET.copy()
    query[SHOWN_AGAIN] = name
    return see_other(f"{request.path}?{query.urlencode()}")


def _opened(request: HttpRequest, name: str, language: str | None) -> Any:
    if request.method == "POST" or not name:
        return None
    try:
        kept = crypto.decrypt(cache.get(_key(request, name, language), ""))
        return json.loads(zlib.decompress(base64.b85decode(kept))) if kept else None
    except Exception:  # any trouble with the cache, or a key that was taken out: the page without errors
        return None


def _key(request: HttpRequest, name: str, language: str | None) -> str:
    # Of a session, whose network may change between a post and the page after it, the page itself asks who it is.
    browser = (
        []
        if name == _OF_A_SESSION
        else [request.headers.get("User-Agent", ""), rate_limits.block(client_address(request))]
    )
    asked = json.dumps([request.path, name, language, *browser])
    return f"answer-of-post:{sha256(asked.encode()).hexdigest()}"


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
    context = {
        "key_helps": key_helps,
        "today": retry_after > HOUR,
        "hour": retry_after == HOUR,
        "sentence": sentence,
    }
    response = private(render(request, "429.html", context, status=429))
    response["Retry-After"] = str(retry_after)
    return response
