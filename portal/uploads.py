"""Who may send a large body, asked before it is read: people who are signed in, and the proven holder of a draft."""

import io
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from dossiers.filing import drafts
from portal.server.application import BODY_COMPLETE, BODY_KEY
from tenants.isolation.middleware import ProvinceMiddleware

STAFF_PATHS = ("/quan-tri/", "/van-hanh/")
FORM_ROOM = 64 * 1024
"""Bytes of a form around the one file that a citizen sends at a time."""


class UploadTooBig(RequestDataTooBig):
    """The request is larger than this page takes. Carries a sentence for the person who sent it.

    `back`: the address of the page of a draft from which it was sent, "" for any other page.
    """

    def __init__(self, sentence: str, back: str = "") -> None:
        super().__init__(sentence)
        self.back = back


def check_size(environ: Mapping[str, Any], size: int) -> None:
    """Raise UploadTooBig where the sender of this request may not send `size` bytes to its page."""
    if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return
    if environ["PATH_INFO"].startswith(drafts.ADDRESS):
        _check_size_for_draft(environ, size)
        return
    if not environ["PATH_INFO"].startswith(STAFF_PATHS):
        raise UploadTooBig(_("Nội dung gửi lên quá lớn."))
    if size > settings.UPLOAD_MAX_BYTES:
        raise UploadTooBig(
            _("Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi làm nhiều lần.")
            % {"max": settings.UPLOAD_MAX_BYTES // settings.MEGABYTE}
        )
    # The web server asked already before it read the body.
    if environ.get(BODY_KEY) != BODY_COMPLETE and not may_upload(environ):
        raise UploadTooBig(
            _("Phiên làm việc đã kết thúc nên cổng không nhận tệp. Xin đăng nhập rồi gửi lại.")
        )


def _check_size_for_draft(environ: Mapping[str, Any], size: int) -> None:
    back = environ["PATH_INFO"]
    if size > _most_bytes(environ):
        sentence = _(
            "Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi từng tệp một; tệp nào nặng hơn thì chụp "
            "lại ở cỡ nhỏ hơn."
        )
        raise UploadTooBig(sentence % {"max": _most_bytes(environ) // settings.MEGABYTE}, back)
    if environ.get(BODY_KEY) == BODY_COMPLETE or may_upload(environ):
        return
    if _says_yes(_takes_codes, environ):
        raise UploadTooBig(
            _(
                "Chỉ nhận tệp lớn khi vừa xác nhận số điện thoại. Xin mở lại bản nháp, lấy mã rồi gửi lại tệp."
            ),
            back,
        )
    sentence = _(
        "Các tệp gửi lên quá lớn: bản nháp này nhận mỗi lần %(max)d MB. Xin gửi từng tệp một, chụp ở cỡ nhỏ hơn, hoặc "
        "mang giấy tờ ấy đến quầy."
    )
    raise UploadTooBig(sentence % {"max": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // settings.MEGABYTE}, back)


def may_upload(environ: Mapping[str, Any]) -> bool:
    """Whether a person who is signed in, or the proven holder of a draft, sends this request to a page that takes
    files; its body is not read."""
    if environ["PATH_INFO"].startswith(drafts.ADDRESS):
        return _says_yes(_proven, environ)
    return environ["PATH_INFO"].startswith(STAFF_PATHS) and _says_yes(_signed_in, environ)


def _most_bytes(environ: Mapping[str, Any]) -> int:
    if environ["PATH_INFO"].startswith(STAFF_PATHS):
        return settings.UPLOAD_MAX_BYTES
    return settings.FILE_MAX_BYTES + FORM_ROOM


def _says_yes(answer: Any, environ: Mapping[str, Any]) -> bool:
    request = WSGIRequest({**environ, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
    return bool(answer(request).status_code == 204)


def _is_signed_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204 if request.user.is_authenticated else 403)


def _in_its_province(act: Callable[[HttpRequest, str], bool]) -> ProvinceMiddleware:
    """Asks `act` about the draft whose signed name is in the address, inside the province of the host."""

    def answer(request: HttpRequest) -> HttpResponse:
        name = request.path_info.removeprefix(drafts.ADDRESS).partition("/")[0]
        is_one = request.province is not None  # type: ignore[attr-defined]
        return HttpResponse(status=204 if is_one and act(request, name) else 403)

    return ProvinceMiddleware(answer)


def _is_proven(request: HttpRequest, name: str) -> bool:
    return drafts.may_upload(name, drafts.Browser.of(request))


def _needs_code(request: HttpRequest, name: str) -> bool:
    try:
        return drafts.needs_code(drafts.named(name))
    except drafts.NoSuchDraft:
        return True


_signed_in = ProvinceMiddleware(SessionMiddleware(AuthenticationMiddleware(_is_signed_in)))  # type: ignore[arg-type]
_proven, _takes_codes = map(_in_its_province, (_is_proven, _needs_code))
