"""Bounds of what is sent: how large a body may be, in words for its sender, and how much its parts say of themselves.

People who are signed in may send large bodies, and the proven holder of a draft.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext as _

from dossiers.filing import drafts
from portal.server import places
from portal.server.application import BODY_COMPLETE, BODY_KEY
from portal.server.places import FORM_ROOM, STAFF_PATHS

PART_HEADERS = 1024
"""Bytes of the headers of one part that Django reads."""
_MOST_PARAMETERS, _MOST_LINES = 16, 8
# A name in another charset than browsers use chooses a decoder whose time grows with the square.
_OTHER_CHARSET = re.compile(rb";\s*[\w-]+\*[\d*]*=\s*(?!utf-8')", re.IGNORECASE)


class _Readable(Protocol):
    def read(self, size: int) -> bytes: ...


class _Watched:
    """A form as it is read: one whose parts have headers that no browser writes ends with MultiPartParserError."""

    def __init__(self, source: _Readable, mark: bytes) -> None:
        self._source, self._mark, self._rest = source, mark, b""

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        window, looked = self._rest + data, 0
        last = len(window) - len(self._mark) - PART_HEADERS
        while (at := window.find(self._mark, looked)) >= 0 and (at <= last or not data):
            looked = at + len(self._mark)
            headers = window[looked : looked + PART_HEADERS].partition(b"\r\n\r\n")[0]
            is_long = headers.count(b";") > _MOST_PARAMETERS or headers.count(b"\n") > _MOST_LINES
            if b"\n" in headers[:3] and (is_long or _OTHER_CHARSET.search(headers)):
                raise MultiPartParserError("the headers of a part say too much")
        self._rest = window[max(looked, last) :]
        return data


class BoundedParser(MultiPartParser):
    """Reads forms with files whose parts' headers are such as browsers write.

    Each header is read in a time that grows with the square of its parameters, and a body has thousands.
    """

    def __init__(self, META: Any, input_data: Any, *more: Any) -> None:
        super().__init__(META, input_data, *more)
        self._input_data = _Watched(input_data, b"--" + self._boundary)  # type: ignore[attr-defined]


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
    is_machines = bool(places.MACHINES_FILES.fullmatch(environ["PATH_INFO"]))
    if not (is_machines or environ["PATH_INFO"].startswith(STAFF_PATHS)):
        raise UploadTooBig(_("Nội dung gửi lên quá lớn."))
    most = settings.FILE_MAX_BYTES + FORM_ROOM if is_machines else settings.UPLOAD_MAX_BYTES
    if size > most:
        raise UploadTooBig(
            _("Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi làm nhiều lần.")
            % {"max": most // settings.MEGABYTE}
        )
    # The web server asked already before it read the body.
    if environ.get(BODY_KEY) != BODY_COMPLETE and not places.ask(environ, places.sending_account):
        if is_machines:
            raise UploadTooBig(_("Không có khóa dùng được nên cổng không nhận tệp lớn."))
        raise UploadTooBig(
            _("Phiên làm việc đã kết thúc nên cổng không nhận tệp. Xin đăng nhập rồi gửi lại.")
        )


def _check_size_for_draft(environ: Mapping[str, Any], size: int) -> None:
    back, most = environ["PATH_INFO"], settings.FILE_MAX_BYTES + FORM_ROOM
    if size > most:
        sentence = _(
            "Các tệp gửi lên quá lớn: mỗi lần nhiều nhất %(max)d MB. Xin gửi từng tệp một; tệp nào nặng hơn thì chụp "
            "lại ở cỡ nhỏ hơn."
        )
        raise UploadTooBig(sentence % {"max": most // settings.MEGABYTE}, back)
    if environ.get(BODY_KEY) == BODY_COMPLETE:
        return
    wanted = places.ask(environ, places.find_place)
    if wanted is not None and size <= wanted.body_max:
        return
    if places.ask(environ, _needs_code):
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


def _needs_code(request: HttpRequest) -> bool:
    """Whether the draft in the address is opened by a code; so is one that is not there."""
    if request.province is None:  # type: ignore[attr-defined]
        return False
    try:
        return drafts.named(places.draft_name(request)).proven_at is not None
    except drafts.NoSuchDraft:
        return True
