"""Alive, ready, and how things stand: answered before the host is looked at."""

import ipaddress
import json
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.monitoring import metrics, readiness
from tenants.isolation.middleware import split_host


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
        """Not public: the probe calls the process itself, by the name of its machine and not through the proxy."""
        if "HTTP_X_FORWARDED_FOR" in request.META or not _names_machine(request.META.get("HTTP_HOST", "")):
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


def _names_machine(raw: str) -> bool:
    """Whether a Host header is an IP address, a name without a dot, of this machine alone (`*.localhost`), or none."""
    host, _port = split_host(raw)
    return (
        not raw
        or bool(_IP_ADDRESS.match(host or raw))
        or bool(host and ("." not in host or host.endswith(".localhost")))
    )


_IP_ADDRESS = re.compile(r"[0-9.]+\Z|\[[0-9a-f:.]+\](:[0-9]+)?\Z")
