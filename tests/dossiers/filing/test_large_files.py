"""A body above two megabytes is read for the proven holder of a draft alone, twice at once."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from dossiers.filing import drafts
from portal import uploads
from portal.server.application import Refusal
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


def test_a_page_refuses_in_words_what_no_server_asked_about(filing: Filing) -> None:
    name = drafts.resume_by_number(filing.draft(prepared=True), PHONE, NUMBER).name
    browser = Client(headers={"host": "daklak.localhost", "user-agent": PHONE.user_agent})
    answer = browser.post(f"{drafts.ADDRESS}{name}/giay/", {"giay": SimpleUploadedFile("a.pdf", b"x" * SIZE)})
    assert answer.status_code == 413
    assert "Chỉ nhận tệp lớn khi vừa xác nhận số điện thoại" in answer.content.decode()
