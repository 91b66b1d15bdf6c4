"""Two kinds of views: one with answers that caches may keep, one with answers that no cache may keep."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView

from tenants.web.api.problems import UNSUPPORTED_MEDIA_TYPE, Refusal

FRESH_SECONDS = 300
LONGEST_TYPE = 250


class OpenDoor(APIView):
    """Public data, by GET and HEAD: kept by caches for five minutes, and then asked for again by its ETag."""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if response.status_code != 200 or not isinstance(response, Response):
            return response
        response.render()
        patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
        set_response_etag(response)
        unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
        return unchanged or response


class PersonalDoor(APIView):
    """Answers for one person, by POST: kept nowhere, referred to nowhere, indexed nowhere."""

    http_method_names = ["post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # A form that was already read on its way would otherwise pass for an empty body.
        if request.method == "POST" and not self.takes(request.content_type):
            raise Refusal(UNSUPPORTED_MEDIA_TYPE)

    def takes(self, content_type: str) -> bool:
        """Whether a body of this type can be read."""
        return len(content_type) < LONGEST_TYPE and any(
            media_type_matches(str(parser.media_type), content_type) for parser in self.parser_classes
        )

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
