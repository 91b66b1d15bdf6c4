"""Public pages that a process keeps under the version of their data, and that answers `If-None-Match` by it.

Only for pages that are the same for everybody: nothing of a session, of a person, no form token, no nonce.
"""

from collections.abc import Callable, Hashable
from functools import partial, wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.views.decorators.http import conditional_page, require_safe

from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation import catalogue, data_version

View = Callable[..., HttpResponse]

MOST_KEPT = 16
"""Pages of one view and province in the memory of a process."""

Part = Callable[[], Hashable]
Names = tuple[str, ...]


class _Kept(NamedTuple):
    headers: tuple[tuple[str, str], ...]
    content: bytes


class _NotKept(Exception):
    """Carries a redirect, or a page that says that something is gone."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def kept_page(
    *topics: str, seconds: int = 0, parameters: Names = (), unkept: Names = (), also: Part | None = None
) -> Callable[[View], View]:
    """GET and HEAD of a public page whose data are those of these topics; browsers keep it for `seconds`.

    The ETag is made of the version, so that a page that has not changed costs one statement. Everything that the
    frame shows, the address, the language and the day in Viet Nam are part of the key, and what `also` gives,
    such as how many announcements have ended. An address with one of the `unkept` parameters is rendered
    each time. All others are taken out of the request: nobody passes the cache by with one that no page reads.
    `also` and the view stand in one `catalogue.read_once`, which knows the versions already.
    """

    def decorate(view: View) -> View:
        cache = f"{view.__module__}.{view.__qualname__}"

        @require_safe
        @conditional_page
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _take_out_others(request, (*parameters, *unkept))
            # Read before the page is: what is written meanwhile never stays under this version.
            try:
                version = None if request.GET.keys() & set(unkept) else data_version.read_all(*topics)
            except OperationalError:
                version = None  # a page that shows nothing of the database goes on without it
            with catalogue.read_once():
                if version is None:
                    response = view(request, *args, **kwargs)
                else:
                    for topic, read in zip(topics, version, strict=True):
                        catalogue.note_version(read, topic)
                    response = _answer(request, cache, version, also, partial(view, request, *args, **kwargs))
            patch_cache_control(response, public=True, max_age=seconds)
            return response

        return answer

    return decorate


def _take_out_others(request: HttpRequest, names: Names) -> None:
    known = urlencode({name: request.GET[name] for name in names if name in request.GET})
    request.GET, request.META["QUERY_STRING"] = QueryDict(known), known


def _answer(
    request: HttpRequest,
    cache: str,
    version: Hashable,
    also: Part | None,
    render: Callable[[], HttpResponse],
) -> HttpResponse:
    asked = _key(request, also)
    etag = f'W/"{sha256(repr((settings.VERSION, version, asked)).encode()).hexdigest()[:32]}"'

    def keep() -> _Kept:
        response = render()
        # An alert may have begun or ended meanwhile: the page is then not that of its key.
        if response.status_code != HTTPStatus.OK or _key(request, also) != asked:
            raise _NotKept(response)
        return _Kept(tuple(response.items()), response.content)

    # `*` asks whether there is a page at all: only the view knows.
    any_page = request.headers.get("If-None-Match", "").strip() == "*"
    response = None if any_page else get_conditional_response(request, etag=etag)
    if response is None:
        try:
            kept = data_version.kept(cache, version, asked, keep, most=MOST_KEPT)
        except _NotKept as other:
            return other.response
        response = HttpResponse(kept.content, headers=dict(kept.headers))
    response["ETag"] = etag
    return response


def _key(request: HttpRequest, also: Part | None) -> Hashable:
    return (
        current_province(),
        request.get_full_path(),
        get_language(),
        clock.today(),
        settings.DEMO,
        # What pages show around their content and what changes without a version, such as alerts.
        import_string(settings.PAGE_FRAME)(request),
        also() if also else None,
    )
