"""What one request may bring, and which answers are compressed."""

import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory

from portal.middleware import TextGZipMiddleware
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import AssignmentFactory


@pytest.fixture
def visitor(province: ProvinceRecord) -> Client:
    return Client(headers={"host": "daklak.localhost"})


def file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pdf", b"x" * size)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that were begun on the disk or in memory."""
    begun: list[str] = []
    real = TemporaryFileUploadHandler.new_file

    def new_file(handler: Any, *args: Any, **kwargs: Any) -> None:
        begun.append("file")
        real(handler, *args, **kwargs)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", new_file)
    return begun


@pytest.mark.parametrize(
    ("page", "sent", "words"),
    [
        ("/tra-cuu/", {"code": "x", "f": [3_000_000]}, "Nội dung gửi lên quá lớn"),
        ("/quan-tri/dossiers/dossier/1/tep/", {"f": [3_000_000, 3_000_000]}, "mỗi lần nhiều nhất 4 MB"),
        ("/quan-tri/login/", {"f": [3_000_000]}, "Xin đăng nhập rồi gửi lại"),
        ("/api/v1/dossiers/H15.08-261125-0001/files/", {"f": [3_000_000]}, "Không có khóa dùng được"),
    ],
    ids=["a citizen", "more than the desk takes at once", "nobody who is signed in", "no key"],
)
def test_who_may_not_send_so_much_is_told_before_a_file_is_written(
    visitor: Client, written: list[str], settings: Any, page: str, sent: dict[str, Any], words: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 4 * settings.MEGABYTE
    answer = visitor.post(page, {**sent, "f": [file(size) for size in sent["f"]]})
    assert (answer.status_code, written) == (413, [])
    assert words in answer.content.decode()


def test_within_the_limit_the_desk_takes_large_files(visitor: Client, written: list[str]) -> None:
    visitor.force_login(AssignmentFactory().user)
    answer = visitor.post("/quan-tri/dossiers/dossier/1/tep/", {"f": file(3_000_000)})
    assert (answer.status_code, written) == (404, ["file"])


def test_too_many_files_and_long_texts_beside_files_are_refused_in_words(visitor: Client) -> None:
    answer = visitor.post("/quan-tri/dossiers/dossier/1/tep/", {f"f{n}": file(1) for n in range(51)})
    assert answer.status_code == 413
    assert "quá nhiều tệp" in answer.content.decode()
    answer = visitor.post("/quan-tri/dossiers/dossier/1/tep/", {"f": file(1), "note": "x" * 3_000_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "said",
    [
        "Content-Disposition: form-data" + "; a=b" * 150,
        "\r\n".join(["Content-Disposition: form-data"] + ["A: b"] * 90),
        "Content-Disposition: form-data; name*=punycode''" + "a" * 800,
    ],
    ids=["parameters", "lines", "charset"],
)
@pytest.mark.parametrize("before", [0, 70_000])
def test_headers_of_a_part_that_no_browser_writes_end_the_reading(
    visitor: Client, said: str, before: int
) -> None:
    first = f'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n{"y" * before}\r\n'
    body = f"{first}{f'--x\r\n{said}\r\n\r\nv\r\n' * 900}--x--\r\n"
    started = time.process_time()
    answer = visitor.post("/tra-cuu/", body, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, time.process_time() - started < 0.3) == (400, True)


@pytest.mark.parametrize(
    ("kind", "compressed"),
    [("text/html", True), ("application/json", True), ("application/pdf", False), ("image/jpeg", False)],
)
def test_text_alone_is_compressed(kind: str, compressed: bool) -> None:
    asked = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    middleware = TextGZipMiddleware(lambda request: HttpResponse(b"x" * 1000, content_type=kind))
    assert middleware(asked).has_header("Content-Encoding") is compressed
