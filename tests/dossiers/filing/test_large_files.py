"""A body above two megabytes is read for the proven holder of a draft alone, twice at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from dossiers import services
from dossiers.filing import drafts
from dossiers.models import FilingSession
from portal import uploads
from portal.server.application import Refusal
from tests.dossiers.chatting import words
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing

SIZE = 3_000_000


def sending(name: str, *, size: int = SIZE, host: str = "daklak.localhost", agent: str = "") -> Any:
    """The environment of a request whose body was not read."""
    request: HttpRequest = RequestFactory().post(
        f"{drafts.ADDRESS}{name}/giay/",
        headers={"host": host, "user-agent": agent or PHONE.user_agent},
        REMOTE_ADDR=PHONE.address,
    )
    return {**request.META, "CONTENT_LENGTH": str(size)}


def test_two_at_once_are_let_in_and_one_more_when_one_has_ended(filing: Filing) -> None:
    opened, other = filing.begun(), filing.begun()
    again = drafts.resume(
        opened.draft, PHONE, reference=drafts.send_resume_code(opened.draft, PHONE), code=filing.code()
    )
    environ = sending(opened.name)
    assert [uploads.begin(environ), uploads.begin(sending(again.name)), uploads.begin(environ)] == [
        None, None, Refusal.TOO_MANY,
    ]  # fmt: skip
    assert uploads.begin(sending(other.name)) is None
    uploads.end(environ)
    assert uploads.begin(environ) is None


@pytest.mark.parametrize(
    "given",
    [
        {"size": settings.FILE_MAX_BYTES + uploads.FORM_ROOM + 1},
        {"host": "dongnai.localhost"},
        {"host": "localhost"},
        {"agent": "Firefox"},
    ],
    ids=["larger than a file", "another province", "national host", "another browser"],
)
def test_others_are_refused_before_the_body_is_read(filing: Filing, given: Any) -> None:
    opened = filing.begun()
    assert uploads.begin(sending(opened.name, **given)) is Refusal.TOO_LARGE


def test_a_draft_that_was_filed_takes_no_large_file(filing: Filing) -> None:
    opened = filing.complete()
    services.submit(opened.draft.pk)
    assert uploads.begin(sending(opened.name)) is Refusal.TOO_LARGE


def two_files(filing: Filing, name: str) -> Any:
    """What comes back for a photograph and a chosen file sent together, larger than their page takes."""
    browser = Client(headers={"host": "daklak.localhost", "user-agent": PHONE.user_agent})
    files = [SimpleUploadedFile(name, b"x" * (SIZE // 2)) for name in ("anh.jpg", "a.pdf")]
    return browser.post(f"{drafts.ADDRESS}{name}/giay/", {"tep-giay": files})


def prepared(filing: Filing) -> str:
    return drafts.resume_by_number(filing.draft(prepared=True), PHONE, NUMBER).name


def ended(filing: Filing) -> str:
    opened = filing.begun()
    FilingSession.objects.update(seen_at=opened.session.seen_at - drafts.IDLE)
    return opened.name


@pytest.mark.parametrize(
    ("name_of", "sentence"),
    [
        (prepared, "bản nháp này nhận mỗi lần 2 MB. Xin gửi từng tệp một, chụp ở cỡ nhỏ hơn"),
        (ended, "Chỉ nhận tệp lớn khi vừa xác nhận số điện thoại"),
    ],
)
def test_files_too_large_for_their_page_are_refused_in_words_with_the_way_back(
    filing: Filing, name_of: Callable[[Filing], str], sentence: str
) -> None:
    name = name_of(filing)
    answer = two_files(filing, name)
    page = words(answer)
    assert (answer.status_code, sentence in page, answer["Cache-Control"]) == (413, True, "no-store")
    assert f'href="{drafts.ADDRESS}{name}/giay/"' in page
