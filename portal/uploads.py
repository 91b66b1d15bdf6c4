"""How much one request may bring. Without this, files of any size would be written to disk before any view asks."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

FILES_ARE_TAKEN_UNDER = ("/quan-tri/", "/van-hanh/")


class UploadTooBig(RequestDataTooBig):
    """The request is larger than this page takes. Carries a sentence for the person who sent it."""


class BoundedUploadHandler(FileUploadHandler):
    """Stands before the others and refuses by the announced length, before a byte is read."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Raise UploadTooBig. WSGI servers hand over no more than the announced length."""
        if self.request is None or not self.request.path.startswith(FILES_ARE_TAKEN_UNDER):
            if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise UploadTooBig(_("Nội dung gửi lên quá lớn."))
        elif content_length > settings.UPLOAD_MAX_BYTES:
            raise UploadTooBig(
                _("Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi làm nhiều lần.")
                % {"max": settings.UPLOAD_MAX_BYTES // settings.MEGABYTE}
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave it to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the next handler."""
