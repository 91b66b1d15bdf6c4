"""Each request has a number by which its lines in the log are found, and which the person may tell the desk.

The proxy's number is kept where it has the shape of one; a client's word in it is no better, so it is only ever
written to the log and back.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import telemetry

HEADER = "X-Request-ID"
_SHAPE = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
_DIGITS = re.compile(r"\d{8}")
_current: ContextVar[str] = ContextVar("request_id", default="")
_log = logging.getLogger("motcua.requests")


def current() -> str:
    """The number of the request that this thread answers; "" outside one."""
    return _current.get()


class RequestIdMiddleware:
    """First of all: what is logged, counted and answered from here on carries the number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(_number(request.headers.get(HEADER, "")))
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response[HEADER] = current()
            _note(request, response.status_code, time.perf_counter() - started)
            return response
        finally:
            _current.reset(token)


def _number(header: str) -> str:
    # As long as a telephone number in digits could be one.
    return header if _SHAPE.match(header) and not _DIGITS.search(header) else secrets.token_hex(8)


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    """Count what a view answered, and write one line where that is asked for: the pattern of the address, never
    the address, which holds tokens and codes."""
    match = request.resolver_match
    if match is None:
        return
    province = getattr(request, "province", None)
    slug = province.slug if isinstance(province, ProvinceRecord) else "public"
    telemetry.answered(slug, status, seconds)
    if settings.LOG_REQUESTS:
        _log.info(
            "request",
            extra={
                "method": request.method, "route": match.route, "status": status,
                "seconds": round(seconds, 4), "province": slug,
            },
        )  # fmt: skip


def present_province() -> str:
    """The slug of the province that this thread stands in; "" outside one. Asks no database."""
    tenant = getattr(connection, "tenant", None)
    return tenant.slug if isinstance(tenant, ProvinceRecord) else ""
