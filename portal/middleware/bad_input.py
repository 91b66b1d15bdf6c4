"""What no page can use is answered here, once: PostgreSQL refuses NUL, UTF-8 refuses lone surrogates."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import psycopg
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.middleware.upload_limits import UploadTooBig, check_size
from portal.server.bodies import Refusal, refusal

log = logging.getLogger(__name__)

CUT = (
    psycopg.errors.QueryCanceled,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RefusalPage(HttpResponse):
    """A page that refuses a request; `sentence` is the reason, which the machine interface repeats."""

    def __init__(self, page: str, sentence: str, **options: Any) -> None:
        super().__init__(page, **options)
        self.sentence = sentence


class CleanInputMiddleware:
    """Answers 400 with a sentence to a path, query or form that holds characters no text can hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if refused := refusal(request.META):
                return _refuse_body(request, refused)
            if self._is_unusable(request):
                return refuse(request, _("Địa chỉ hoặc nội dung gửi lên có ký tự không hợp lệ."))
        except UploadTooBig as error:
            return refuse(request, str(error), status=413)
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
    if refused is Refusal.TOO_MANY:
        response = refuse(
            request, _("Đang có nhiều tệp được gửi lên cùng lúc. Xin gửi lại sau ít phút."), status=429
        )
        response["Retry-After"] = "60"
        return response
    check_size(request.META, int(request.META.get("CONTENT_LENGTH") or 0))
    raise UploadTooBig(_("Nội dung gửi lên quá lớn."))


class CutStatementMiddleware:
    """What the database stopped, because it took or waited too long, is told as such and not as a fault."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DatabaseError) or not isinstance(exception.__cause__, CUT):
            return None
        log.warning("the database stopped a statement: %s", type(exception.__cause__).__name__)
        reason = _("Việc này mất quá lâu nên đã được dừng lại.")
        page = render_to_string("busy.html", {"reason": reason}, request=request)
        headers = {"Retry-After": "60", "Cache-Control": "no-store"}
        return RefusalPage(page, reason, status=503, headers=headers)


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
