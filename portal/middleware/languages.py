"""Vietnamese unless the reader chose otherwise. On pages `Accept-Language` is not asked: only the switch counts.

Programs have no switch and keep no cookie, so the API alone does ask it.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

PARAMETER = "lang"
API_PATHS = "/api/"
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60


class LanguageMiddleware:
    """`?lang=en` switches and is remembered in a cookie of its own; a lost cookie costs one more tap."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API_PATHS):
            return self._for_programs(request)
        known = dict(settings.LANGUAGES)
        chosen = request.GET.get(PARAMETER, "")
        language = chosen if chosen in known else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in known or request.path.startswith("/quan-tri/"):
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
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

    def _for_programs(self, request: HttpRequest) -> HttpResponse:
        language = accepted_language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def accepted_language(request: HttpRequest) -> str:
    """Of our languages the one that a program wants most: `lang` in the address, else `Accept-Language`."""
    known = dict(settings.LANGUAGES)
    try:
        chosen = request.GET.get(PARAMETER, "")
    except TooManyFieldsSent:
        chosen = ""
    if chosen in known:
        return chosen
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    tongues = (tag.partition("-")[0] for tag, weight in wanted if weight > 0)
    return next((tongue for tongue in tongues if tongue in known), settings.LANGUAGE_CODE)
