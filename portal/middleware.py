"""Middleware of the portal: bad input, upload limits, language, compression, Content-Security-Policy."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.permissions import SAFE_METHODS

from dossiers.exchange import quiet_polls
from dossiers.filing import drafts
from portal import uploads
from portal.server import places
from portal.server.application import WORK_KEY, Refusal, body_refusal
from tenants.isolation.backend import server
from tenants.web.public_pages import private, set_cookie

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PARAMETER = "lang"
API_PATHS = "/api/"
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60
WORTHWHILE = ("text/", "application/json", "image/svg+xml")
# Unfold's Alpine build evaluates expressions and sets styles.
RELAXED = {"script-src": ["'unsafe-eval'", "'unsafe-inline'"], "style-src": ["'unsafe-inline'"]}


class RefusalPage(HttpResponse):
    """A page that refuses a request; `sentence` is the reason, which the machine interface repeats."""

    _has_been_logged = True  # else Django logs a line for each 503

    def __init__(self, page: str, sentence: str, **options: Any) -> None:
        super().__init__(page, **options)
        self.sentence = sentence


class CleanInputMiddleware:
    """Answers 400 with a sentence to a path, query or form with NUL or lone surrogates, which nothing can store."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if refused := body_refusal(request.META):
                return _refuse_body(request, refused)
            if self._is_unusable(request):
                return refuse(request, _("Địa chỉ hoặc nội dung gửi lên có ký tự không hợp lệ."))
        except uploads.UploadTooBig as error:
            return _refuse_upload(request, error)
        except TooManyFilesSent:
            return refuse(request, _("Gửi quá nhiều tệp một lần. Xin gửi làm nhiều lần."), status=413)
        except (RequestDataTooBig, TooManyFieldsSent):
            return refuse(request, _("Nội dung gửi lên quá lớn."), status=413)
        return self.get_response(request)

    @staticmethod
    def _is_unusable(request: HttpRequest) -> bool:
        address = unquote_to_bytes(request.META.get("QUERY_STRING", "").replace("+", " "))
        if b"\0" in address or "\0" in request.path or not _is_text(request.path):
            return True
        try:
            address.decode()
        except UnicodeDecodeError:
            return True
        if request.method != "POST" or request.content_type not in FORMS:
            return False
        return any(
            "\0" in value or not _is_text(value) for values in request.POST.lists() for value in values[1]
        )


class ReadableQueryMiddleware:
    """A query with too many parameters is answered here, before anything else fails on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.GET  # noqa: B018 – read here, so that nothing later can fail on it
        except TooManyFieldsSent:
            request.GET = QueryDict()
            return refuse(request, _("Địa chỉ có quá nhiều tham số."))
        return self.get_response(request)


def _refuse_body(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """The answer to a body that the web server did not read to its end. Raises UploadTooBig."""
    error = request.META.get(places.FAILURE_KEY)
    if page := error and DatabaseFailureMiddleware.process_exception(request, error):
        return page
    if refused is Refusal.TOO_MANY:
        reason = str(places.BUSY[request.META[WORK_KEY]])
        back = request.path if request.path.startswith(drafts.ADDRESS) else ""
        page = render_to_string("no_place.html", {"reason": reason, "back": back}, request=request)
        return private(RefusalPage(page, reason, status=429, headers={"Retry-After": "5"}))
    uploads.check_size(request.META, int(request.META.get("CONTENT_LENGTH") or 0))
    raise uploads.UploadTooBig(_("Nội dung gửi lên quá lớn."))


def _refuse_upload(request: HttpRequest, error: uploads.UploadTooBig) -> HttpResponse:
    """The sentence, and from a draft the way back to its page: what was stored there is as it was."""
    if not error.back:
        return refuse(request, str(error), status=413)
    page = render_to_string("413.html", {"reason": str(error), "back": error.back}, request=request)
    return private(RefusalPage(page, str(error), status=413))


class DatabaseFailureMiddleware(MiddlewareMixin):
    """Answers 503 in words when the database failed a view; `pages.server_error` asks it for all outside of views."""

    @staticmethod
    def process_exception(request: HttpRequest, exception: BaseException) -> HttpResponse | None:
        if not server.failure(exception):
            return None
        server.note_failure(exception)
        # What failed above LanguageMiddleware has no language yet.
        return LanguageMiddleware(lambda request: _failure_page(request, exception))(request)


def _failure_page(request: HttpRequest, error: BaseException) -> HttpResponse:
    reason = server.failure(error)
    if server.is_away(error) and request.method not in SAFE_METHODS:
        # What was lost may be the answer to COMMIT. Nothing is done again here.
        reason += " " + _("Chưa rõ việc vừa gửi đã được ghi hay chưa: xin xem lại trước khi làm lại.")
    template = "busy.html" if server.was_stopped(error) else "away.html"
    page = render_to_string(template, {"reason": reason, "alerts": {}}, request=request)
    return RefusalPage(page, reason, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})


def refuse(request: HttpRequest, reason: str, status: int = 400) -> HttpResponse:
    """A page that says in one sentence why the request cannot be answered."""
    page = render_to_string("400.html", {"reason": reason}, request=request)
    return RefusalPage(page, reason, status=status)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\ufffd" not in value


class BoundedUploadHandler(FileUploadHandler):
    """Refuses by the announced length, before a byte is read: files are written to disk before any view asks."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Raise UploadTooBig. WSGI servers hand over no more than the announced length."""
        uploads.check_size(META, content_length)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the next handler."""


class LanguageMiddleware:
    """Vietnamese unless the reader chose otherwise: `?lang=en` switches and sets a cookie.

    Pages do not read `Accept-Language`. Programs have no switch and keep no cookie, so the API alone reads it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_program = request.path_info.startswith(API_PATHS)
        chosen = "" if is_program else request.GET.get(PARAMETER, "")
        language = accepted_language(request) if is_program else self._of_page(request, chosen)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language" if is_program else "Cookie"])
        if chosen in dict(settings.LANGUAGES):
            # From a cache the page would come without the cookie, and the next one in the other language.
            if "no-store" not in response.headers.get("Cache-Control", ""):
                response.headers["Cache-Control"] = "private, no-cache"
            set_cookie(response, settings.LANGUAGE_COOKIE_NAME, chosen, lasts=ONE_YEAR_SECONDS)
        return response

    @staticmethod
    def _of_page(request: HttpRequest, chosen: str) -> str:
        known = dict(settings.LANGUAGES)
        language = chosen if chosen in known else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        is_theirs = language in known and not request.path.startswith("/quan-tri/")
        return language if is_theirs else settings.LANGUAGE_CODE


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


class QuietPollsMiddleware:
    """Answers those who poll the log of events while nothing is new, before sessions and rights are asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != quiet_polls.ADDRESS:
            return self.get_response(request)
        return quiet_polls.answer(request, self.get_response)


class TextGZipMiddleware(GZipMiddleware):
    """Compresses text alone: scanned papers are compressed already, and keep their length for the progress bar."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(WORTHWHILE):
            return response
        return super().process_response(request, response)


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Adds the policy of the settings; under the staff paths, what their theme cannot do without."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(places.STAFF_PATHS):
            response._csp_update = RELAXED  # type: ignore[attr-defined]
        return super().process_response(request, response)
