"""Pictures and files: what Zalo takes, how it is handed over, and sending it."""

from datetime import timedelta
from typing import Any

import pytest

from messaging.channels.base import OutcomeKind, Reason
from messaging.channels.zalo import client
from messaging.channels.zalo.protocol import uploads
from messaging.channels.zalo.protocol.uploads import Attachment, NotTaken

from .making import NOON, UID, Serve, account, asked, refusal, success

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
JPEG = b"\xff\xd8\xff" + b"x" * 20
PDF = b"%PDF-1.7 ..."
KEPT = Attachment("khoa-tep", NOON + timedelta(days=7))


@pytest.mark.parametrize(
    ("content", "name", "kind"), [(PNG, "anh.png", "image/png"), (JPEG, "anh.jpg", "image/jpeg")]
)
def test_a_picture_is_handed_over_whole(serve: Serve, content: bytes, name: str, kind: str) -> None:
    server = serve({"/v2.0/oa/upload/image": success(attachment_id="khoa-tep")})
    assert uploads.upload_image(account(), content) == KEPT
    line, headers, body = asked(server)
    boundary = headers["content-type"].removeprefix("multipart/form-data; boundary=")
    head, _, rest = body.partition(b"\r\n\r\n")
    assert line == "POST /v2.0/oa/upload/image HTTP/1.1"
    assert head.decode() == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}'
    )
    assert rest == content + f"\r\n--{boundary}--\r\n".encode()


def test_a_file_keeps_its_name_and_cannot_break_out_of_it(serve: Serve) -> None:
    server = serve({"/v2.0/oa/upload/file": success(token="khoa-tep")})
    assert uploads.upload_file(account(), 'Kết quả "1"\r\nX: y.PDF', PDF) == KEPT
    assert 'filename="Kết quả %221%22%0D%0AX: y.pdf"'.encode() in asked(server)[2]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", PDF), ("a.pdf", b"MZ"), ("a.docx", PDF), ("a", PDF), ("a.pdf", b""), ("a.csv", b""),
     ("a.pdf", PDF + b"x" * 5 * 1024 * 1024)],
)  # fmt: skip
def test_a_file_that_zalo_does_not_take(name: str, content: bytes) -> None:
    with pytest.raises(NotTaken):
        uploads.upload_file(account(), name, content)


@pytest.mark.parametrize("content", [b"", b"GIF89a", PDF, PNG + b"x" * 1024 * 1024])
def test_a_picture_that_zalo_does_not_take(content: bytes) -> None:
    with pytest.raises(NotTaken):
        uploads.upload_image(account(), content)


def test_a_refused_upload_says_why(serve: Serve) -> None:
    serve({"/v2.0/oa/upload/image": refusal(-211)})
    with pytest.raises(client.Trouble) as trouble:
        uploads.upload_image(account(), PNG)
    assert trouble.value.outcome.reason == Reason.DAILY_QUOTA


def test_an_upload_without_a_name_is_trouble(serve: Serve) -> None:
    serve({"/v2.0/oa/upload/image": success()})
    with pytest.raises(client.Trouble):
        uploads.upload_image(account(), PNG)


@pytest.mark.parametrize(("age", "usable"), [(0, True), (5, True), (6, False), (8, False)])
def test_what_is_uploaded_is_used_for_six_days(age: int, usable: bool) -> None:
    assert KEPT.is_usable(NOON + timedelta(days=age)) is usable


def test_a_picture_is_sent(serve: Serve) -> None:
    server = serve({"/v3.0/oa/message/cs": success(message_id="m1")})
    outcome = uploads.send_image(account(), UID, KEPT, "Mã QR của hồ sơ")
    assert (outcome.kind, outcome.provider_id, outcome.way) == (OutcomeKind.ACCEPTED, "m1", "chat")
    elements = [{"media_type": "image", "attachment_id": "khoa-tep"}]
    assert asked(server)[2] == {
        "recipient": {"user_id": UID},
        "message": {
            "text": "Mã QR của hồ sơ",
            "attachment": {"type": "template", "payload": {"template_type": "media", "elements": elements}},
        },
    }


def test_a_file_is_sent(serve: Serve) -> None:
    server = serve({"/v3.0/oa/message/cs": success(message_id="m1")})
    assert uploads.send_file(account(), UID, KEPT).kind == OutcomeKind.ACCEPTED
    assert asked(server)[2]["message"] == {"attachment": {"type": "file", "payload": {"token": "khoa-tep"}}}


def test_an_upload_that_ended_is_to_be_made_again(serve: Serve) -> None:
    serve({"/v3.0/oa/message/cs": refusal(-100)})
    outcome = uploads.send_file(account(), UID, KEPT)
    assert (outcome.kind, outcome.code, outcome.most_tries) == (OutcomeKind.TEMPORARY, "-100", 2)


@pytest.mark.parametrize("how", [uploads.send_file, uploads.send_image])
def test_settings_that_cannot_be_used_send_nothing(how: Any) -> None:
    assert how(account(app_id="x"), UID, KEPT).reason == Reason.CONFIG


def test_an_attachment_does_not_show_its_token() -> None:
    assert KEPT.token not in repr(KEPT)
