"""Answering those who poll while nothing is new, before sessions, rights and pages: hundreds a second cost next to nothing.

A process remembers for a while that this very request was answered, by the door itself, with nothing new after a
position. As long as the log of the province ends there, the same request gets the same 304. Who may no longer follow
learns for that while only that nothing happened.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from tenants.audit import sealer
from tenants.isolation.context import present_province

ADDRESS = "/api/v1/events/"
NOTHING_AFTER = "_nothing_after"
"""The attribute by which the door's response says that the log ends at this position."""
KEPT_SECONDS, HEAD_SECONDS, MOST = 30.0, 0.25, 5000
# All that the door's answer depends on.
_DEPENDS = (
    *("QUERY_STRING", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_COOKIE", "HTTP_AUTHORIZATION"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH"),
)

_lock = threading.Lock()
_kept: dict[bytes, tuple[float, int, str]] = {}
_heads: dict[UUID, tuple[float, int]] = {}


def clear_cache() -> None:
    """Forget all answers of this process."""
    _kept.clear()
    _heads.clear()


def answer(request: HttpRequest, ask_door: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """The 304 that is remembered for this request, else what the door answers. Asked once the province is known."""
    province = present_province()
    if request.method != "GET" or province is None:
        return ask_door(request)
    said = "\0".join(str(request.META.get(name, "")) for name in _DEPENDS)
    key = hashlib.sha256(f"{province.uuid}\0{said}".encode(errors="surrogatepass")).digest()
    until, position, etag = _kept.get(key, (0.0, 0, ""))
    if time.monotonic() < until and _head(province.uuid) == position:
        return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": "no-cache, private"})
    response = ask_door(request)
    if response.status_code == 304 and hasattr(response, NOTHING_AFTER):
        position = getattr(response, NOTHING_AFTER)
        with _lock:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = (time.monotonic() + KEPT_SECONDS, position, response.headers["ETag"])
    return response


def _head(uuid: UUID) -> int:
    until, head = _heads.get(uuid, (0.0, 0))
    if time.monotonic() >= until:
        head = sealer.head()
        _heads[uuid] = (time.monotonic() + HEAD_SECONDS, head)
    return head
