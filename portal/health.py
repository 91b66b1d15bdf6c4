"""Alive and ready, answered before the host is looked at."""

import ipaddress
import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.backend import connection


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz`: the database answers and its tables are there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz" and self._asked_from_inside(request):
            return self._ready()
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
        try:
            connection.set_schema_to_public()
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM tenants_province")
                provinces = cursor.fetchone()[0]
        except Exception as error:  # a probe reports any failure, whatever it is
            answer, status = {"ready": False, "cause": type(error).__name__}, 503
        else:
            answer, status = {"ready": True, "provinces": provinces}, 200
        return HttpResponse(json.dumps(answer), status=status, content_type="application/json")
