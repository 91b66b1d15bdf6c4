"""A staff page asks for rights at every turn; while it is only read, the database is asked once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.isolation.middleware import STAFF_PATH
from tenants.organisation.rights import asked_once


class RightsAskedOnceMiddleware:
    """Around reading a staff page, its template with it. Whoever changes something is asked for anew."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not request.path.startswith(STAFF_PATH):
            return self.get_response(request)
        with asked_once():
            return self.get_response(request)
