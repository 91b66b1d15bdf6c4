"""How much one request may bring. Without this, files of any size would be written to disk before any view asks."""

import io
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.server import bodies
from tenants.isolation.middleware import ProvinceMiddleware

FILES_ARE_TAKEN_UNDER = ("/quan-tri/", "/van-hanh/")


class UploadTooBig(RequestDataTooBig):
    """The request is larger than this page takes. Carries a sentence for the person who sent it."""


class BoundedUploadHandler(FileUploadHandler):
    """Stands before the others and refuses by the announced length, before a byte is read."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Raise UploadTooBig. WSGI servers hand over no more than the announced length."""
        check_size(META, content_length)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave it to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the next handler."""


def check_size(environ: Mapping[str, Any], size: int) -> None:
    """Raise UploadTooBig where the sender of this request may not send `size` bytes to its page."""
    if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return
    if not environ["PATH_INFO"].startswith(FILES_ARE_TAKEN_UNDER):
        raise UploadTooBig(_("Nội dung gửi lên quá lớn."))
    if size > settings.UPLOAD_MAX_BYTES:
        raise UploadTooBig(
            _("Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi làm nhiều lần.")
            % {"max": settings.UPLOAD_MAX_BYTES // settings.MEGABYTE}
        )
    # The web server asked already before it read the body.
    if environ.get(bodies.KEY) != bodies.COMPLETE and not may_upload(environ):
        raise UploadTooBig(
            _("Phiên làm việc đã kết thúc nên cổng không nhận tệp. Xin đăng nhập rồi gửi lại.")
        )


def may_upload(environ: Mapping[str, Any]) -> bool:
    """Whether a person who is signed in sends this request to a page that takes files; its body is not read."""
    if not environ["PATH_INFO"].startswith(FILES_ARE_TAKEN_UNDER):
        return False
    request = WSGIRequest({**environ, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
    return _signed_in(request).status_code == _YES


def _answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=_YES if request.user.is_authenticated else _NO)


_YES, _NO = 204, 403
_signed_in = ProvinceMiddleware(SessionMiddleware(AuthenticationMiddleware(_answer)))  # type: ignore[arg-type]
