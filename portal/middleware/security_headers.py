"""Content-Security-Policy: strict for citizens, relaxed for the staff pages alone."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

STAFF_PATHS = ("/quan-tri/", "/van-hanh/")
# Unfold's Alpine build evaluates expressions and sets styles.
RELAXED = {"script-src": ["'unsafe-eval'", "'unsafe-inline'"], "style-src": ["'unsafe-inline'"]}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Adds the policy of the settings; under the staff paths, what their theme cannot do without."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(STAFF_PATHS):
            response._csp_update = RELAXED  # type: ignore[attr-defined]
        return super().process_response(request, response)
