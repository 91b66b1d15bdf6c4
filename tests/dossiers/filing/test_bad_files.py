"""Files that are no papers, sent to the page of a paper: a sentence at the box, nothing kept, and no memory taken."""

import io
import tracemalloc
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dossiers.filing import answers
from dossiers.filing.models import FilingFile
from tenants.files import storage
from tests.dossiers.chatting import HOST, words
from tests.dossiers.filing.filling import PHONE, Filing
from tests.dossiers.lifecycle.files import samples

MOST_MEMORY = 16 * settings.MEGABYTE
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PAPER = "không phải PDF, ảnh JPEG hoặc ảnh PNG"


def zip_bomb() -> bytes:
    """Fifty megabytes of nothing in fifty thousand bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("giay.pdf", bytes(50 * settings.MEGABYTE))
    return stream.getvalue()


class Sender:
    """One at the page of a paper, in a draft of their own."""

    def __init__(self, filing: Filing) -> None:
        self.opened = filing.begun()
        self.page = f"/nop/ban-nhap/{self.opened.name}/giay/"
        self.client = Client(
            headers={"host": HOST, "user-agent": PHONE.user_agent}, REMOTE_ADDR=PHONE.address
        )

    def send(self, content: bytes, name: str) -> Any:
        return self.client.post(self.page, {"tep-giay": samples.upload(content, name), "viec": "gui-giay"})


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"PK\x03\x04" + samples.pdf(), "giay.pdf", NO_PAPER),
        (b"GIF89a/*" + SVG, "giay.png", NO_PAPER),
        (SVG, "giay.svg", NO_PAPER),
        (SVG, "giay.png", NO_PAPER),
        (samples.png_bomb(50_000), "giay.png", "có 2500 triệu điểm ảnh, giới hạn 64"),
        (zip_bomb(), "giay.pdf", NO_PAPER),
        (samples.EICAR, "giay.pdf", NO_PAPER),
        (samples.png(), "../../giay.exe", "nội dung là PNG"),
    ],
    ids=[
        "archive and PDF", "two pictures", "SVG", "SVG as PNG", "pixels", "zip bomb", "EICAR", "name of a program",
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_at_its_box_and_leaves_nothing(
    filing: Filing, content: bytes, name: str, said: str
) -> None:
    sender = Sender(filing)
    tracemalloc.start()
    page = words(sender.send(content, name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (said in page, 'href="#tep-giay"' in page) == (True, True)
    assert (FilingFile.objects.count(), list(storage.names())) == (0, [])
    assert peak < MOST_MEMORY


def test_a_name_that_climbs_names_no_place(filing: Filing) -> None:
    sender = Sender(filing)
    sender.send(samples.png(), "../../../etc/giay.png")
    (file,) = answers.read(sender.opened.draft).files
    assert (file.name, [name for name, _at in storage.names()]) == ("giay.png", [file.stored_name])
    assert ".." not in file.stored_name


def test_two_hundred_megabytes_are_refused_before_a_byte_is_read(filing: Filing) -> None:
    class Unread(io.BytesIO):
        def read(self, *_size: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    sender = Sender(filing)
    sent = {"CONTENT_LENGTH": str(200 * settings.MEGABYTE), "wsgi.input": Unread()}
    kind = "multipart/form-data; boundary=x"
    answer = sender.client.generic("POST", sender.page, b"x", kind, **sent)
    assert (answer.status_code, "mỗi lần nhiều nhất 20 MB" in words(answer)) == (413, True)
    assert not FilingFile.objects.exists()
