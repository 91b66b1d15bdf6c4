"""Which answers are compressed."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORTHWHILE = ("text/", "application/json", "image/svg+xml")


class TextGZipMiddleware(GZipMiddleware):
    """Compresses text alone: scanned papers are compressed already, and keep their length for the progress bar."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(WORTHWHILE):
            return response
        return super().process_response(request, response)
