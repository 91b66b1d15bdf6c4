"""Vietnamese unless the reader chose otherwise. `Accept-Language` is not asked."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

PARAMETER = "lang"
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60


class LanguageMiddleware:
    """`?lang=en` switches and is remembered in a cookie of its own; a lost cookie costs one more tap."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = dict(settings.LANGUAGES)
        chosen = request.GET.get(PARAMETER, "")
        language = chosen if chosen in known else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in known or request.path.startswith("/quan-tri/"):
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        if chosen in known:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                chosen,
                max_age=ONE_YEAR_SECONDS,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
