"""Alive, ready, and how things stand: answered before the host is looked at."""

import ipaddress
import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal import metrics, readiness


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz` and `/metrics` answer those inside alone; see their modules."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path in ("/readyz", "/metrics") and self._asked_from_inside(request):
            return self._ready() if request.path == "/readyz" else self._metrics()
        return self.get_response(request)

    @staticmethod
    def _asked_from_inside(request: HttpRequest) -> bool:
        """Not public: the probe calls the process itself, not through the proxy."""
        if "HTTP_X_FORWARDED_FOR" in request.META:
            return False
        try:
            return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_private
        except ValueError:
            return False

    @staticmethod
    def _ready() -> HttpResponse:
        found = readiness.probe()
        return HttpResponse(
            json.dumps(found.as_data(), ensure_ascii=False),
            status=200 if found.ready else 503,
            content_type="application/json",
        )

    @staticmethod
    def _metrics() -> HttpResponse:
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
