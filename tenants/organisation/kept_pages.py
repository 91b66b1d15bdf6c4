"""Public pages that a process keeps under the version of their data, and that answers `If-None-Match` by it.

Only for pages that are the same for everybody: nothing of a session, of a person, no form token, no nonce.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import conditional_page, require_safe

from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation import data_version
from tenants.organisation.data_version import VersionedCache
from tenants.registry import Registry

View = Callable[..., HttpResponse]

MOST_KEPT = 16
"""Pages of one view and province in the memory of a process."""

page_frame = Registry[Callable[[HttpRequest], Hashable]]()
"""Each gives what pages show around their content and what changes without a version, such as alerts."""


class _Kept(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


def kept_page(*topics: str, seconds: int, parameters: tuple[str, ...] = ()) -> Callable[[View], View]:
    """GET and HEAD of a public page whose data are those of these topics; browsers keep it for `seconds`.

    The ETag is made of the version, so that a page that has not changed costs one statement. Everything that the
    frame shows, the address, the language and the day in Viet Nam are part of the key. An address with other
    parameters than these is rendered each time.
    """

    def decorate(view: View) -> View:
        cache: VersionedCache[_Kept] = VersionedCache(" ".join(topics), most=MOST_KEPT)

        @require_safe
        @conditional_page
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Read before the page is: what is written meanwhile never stays under this version.
            version = data_version.read_all(*topics)
            key = _key(request)
            etag = f'W/"{sha256(repr((settings.VERSION, version, key)).encode()).hexdigest()[:32]}"'
            if version is None or not {"lang", *parameters}.issuperset(request.GET):
                response = view(request, *args, **kwargs)
            elif unchanged := get_conditional_response(request, etag=etag):
                response = unchanged
                response["ETag"] = etag
            else:
                kept = cache.get(version, key, lambda: _keep(view(request, *args, **kwargs)))
                response = HttpResponse(kept.content, status=kept.status, headers=dict(kept.headers))
                if kept.status == 200:
                    response["ETag"] = etag
            patch_cache_control(response, public=True, max_age=seconds)
            return response

        return answer

    return decorate


def _key(request: HttpRequest) -> Hashable:
    return (
        current_province(),
        request.get_full_path(),
        get_language(),
        clock.today(),
        settings.DEMO,
        *(part(request) for part in page_frame),
    )


def _keep(response: HttpResponse) -> _Kept:
    return _Kept(response.status_code, tuple(response.items()), response.content)
