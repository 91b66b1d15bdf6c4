"""Files at the desk: added, read and taken away through the admin site, by whom it concerns."""

import re
from typing import Any

import pytest
from django.http import FileResponse
from django.test import Client

from dossiers.desk.dossier.file_pages import AttachForm
from dossiers.lifecycle import files
from dossiers.lifecycle.models import Attachment, Dossier
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.files import storage
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import in_progress
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory

HOST = "daklak.localhost"


def browser(person: User, **options: Any) -> Client:
    client = Client(headers={"host": HOST}, **options)
    client.force_login(person)
    return client


def page(dossier: Dossier, rest: str = "change/?tab=giay-to") -> str:
    return f"/quan-tri/dossiers/dossier/{dossier.pk}/{rest}"


def send(client: Client, dossier: Dossier, *uploads: Any, **fields: Any) -> Any:
    return client.post(page(dossier, "tep/"), {"uploads": uploads, "kind": "paper", **fields})


def text(response: Any) -> str:
    return response.content.decode().replace("\xa0", " ")


@pytest.fixture
def attachment(office: Office, dossier: Dossier) -> Attachment:
    upload = samples.upload(samples.pdf(), "Tờ khai.pdf")
    return files.attach(dossier.pk, upload, kind="paper", actor=office.clerk, paper="Tờ khai")


def address(attachment: Attachment) -> str:
    return page(attachment.dossier, f"tep/{attachment.pk}/")


def test_a_clerk_adds_several_files(office: Office, dossier: Dossier) -> None:
    client = browser(office.clerk)
    pdf, png = samples.upload(samples.pdf(), "Tờ khai.pdf"), samples.upload(samples.png(), "anh.png")
    answer = send(client, dossier, pdf, png, paper="Tờ khai")
    assert answer.status_code == 302
    shown = text(client.get(page(dossier)))
    assert "Đã thêm 2 tệp." in shown
    for words in ("Tờ khai.pdf", "anh.png", "PDF, 1 trang, 1 KB", "Giấy tờ nộp: Tờ khai", "Thêm tệp"):
        assert words in shown


@pytest.mark.parametrize(
    ("uploads", "fields", "words"),
    [
        ((), {}, "Xin chọn tệp."),
        ((("a.pdf", b"x"),), {}, "Tệp “a.pdf” không phải PDF, ảnh JPEG hoặc ảnh PNG"),
        ((("a.pdf", samples.pdf()),), {"paper": "Giấy không có trong danh sách"}, "lựa chọn"),
        ((("a.pdf", samples.pdf()),), {"kind": "virus"}, "lựa chọn"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(office, dossier, uploads, fields, words):
    sent = [samples.upload(content, name) for name, content in uploads]
    answer = send(browser(office.clerk), dossier, *sent, **fields)
    assert answer.status_code == 422
    assert words in text(answer).partition('id="div_file_uploads"')[0]
    assert not Attachment.objects.exists()


def test_choosing_a_file_changes_no_other_field(office: Office, dossier: Dossier) -> None:
    """The theme's script looks for a text field three elements above the file."""
    shown = str(AttachForm(dossier=dossier)["uploads"])
    assert re.fullmatch(
        r'<div><div><div><input type="file"[^>]*></div></div><input type="text"[^>]*></div>', shown
    )


def test_a_name_is_text_on_the_page(office: Office, dossier: Dossier) -> None:
    name = "<img src=x onerror=alert(1)>.pdf"
    client = browser(office.clerk)
    send(client, dossier, samples.upload(samples.pdf(), name))
    assert "<img" not in text(client.get(page(dossier))).partition('id="files"')[2]


def test_a_file_is_a_download_and_nothing_else(office: Office, attachment: Attachment) -> None:
    answer = browser(office.clerk).get(address(attachment), headers={"accept-encoding": "gzip"})
    assert isinstance(answer, FileResponse)
    assert b"".join(answer.streaming_content) == samples.pdf()  # type: ignore[arg-type]
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''T%E1%BB%9D%20khai.pdf"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Length"] == str(len(samples.pdf()))
    assert "Content-Encoding" not in answer.headers


def test_reading_a_file_is_recorded(office: Office, attachment: Attachment) -> None:
    browser(office.specialist).get(address(attachment))
    entry = AuditEntry.objects.get(action="file.read")
    assert (entry.actor_name, entry.subject) == (office.specialist.username, attachment.dossier.subject)
    assert entry.detail == {"attachment": attachment.pk}


def test_others_get_nothing(office: Office, attachment: Attachment) -> None:
    elsewhere = AgencyFactory(code="H15.70", desk=True)
    for person, status in ((AssignmentFactory(agency=elsewhere).user, 404), (UserFactory(), 403)):
        client = browser(person)
        assert client.get(address(attachment)).status_code == status
        assert client.get(f"{address(attachment)}go/").status_code == status
        sent = send(client, attachment.dossier, samples.upload(samples.pdf(), "a.pdf"))
        assert sent.status_code == status
    assert Client(headers={"host": HOST}).get(address(attachment)).status_code == 302
    assert not AuditEntry.objects.filter(action="file.read").exists()
    assert Attachment.objects.count() == 1


def test_who_only_looks_on_is_offered_no_act(office: Office, attachment: Attachment) -> None:
    """Somebody whose agency has a part in the dossier, but who has no role in it."""
    onlooker = AssignmentFactory(agency=office.desk, role="specialist").user
    shown = text(browser(onlooker).get(page(attachment.dossier)))
    assert "Tờ khai.pdf" in shown
    assert 'name="uploads"' not in shown
    assert "Gỡ tệp" not in shown


def test_a_file_is_reached_through_its_own_dossier_alone(office: Office, attachment: Attachment) -> None:
    other = in_progress(office)
    answer = browser(office.clerk).get(page(other, f"tep/{attachment.pk}/"))
    assert answer.status_code == 404


def test_a_right_that_ended_is_asked_anew(office: Office, attachment: Attachment) -> None:
    client = browser(office.clerk)
    assert client.get(address(attachment)).status_code == 200
    office.clerk.assignments.all().delete()
    assert client.get(address(attachment)).status_code == 302


def test_nothing_is_read_or_written_in_another_province(office, attachment, inside):
    with inside("dongnai"):
        theirs = Office("H19")
        from dossiers.lifecycle import actions as services

        dossier = services.receive(theirs.intake(), actor=theirs.clerk).dossier
        client = Client(headers={"host": "dongnai.localhost"})
        client.force_login(theirs.clerk)
        answer = client.get(page(dossier, f"tep/{attachment.pk}/"))
    assert answer.status_code == 404


def test_a_row_that_names_bytes_of_another_province_opens_nothing(office, attachment, other_province, inside):
    with inside("dongnai"):
        foreign = storage.put(b"canary")
    Attachment.objects.update(stored_name=foreign)
    client = browser(office.clerk, raise_request_exception=False)
    answer = client.get(address(attachment))
    assert answer.status_code == 500
    assert b"canary" not in b"".join(answer)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("infected", "Tệp có vi-rút nên không mở được"),
        ("pending", "Tệp đang được quét vi-rút"),
        ("error", "Máy quét vi-rút chưa trả lời"),
    ],
)
def test_a_file_that_is_not_clean_is_shown_and_not_given(office, attachment, settings, state, words):
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    Attachment.objects.update(scan_state=state)
    client = browser(office.clerk)
    assert address(attachment) + '"' not in text(client.get(page(attachment.dossier)))
    answer = client.get(address(attachment), follow=True)
    assert answer.redirect_chain == [(page(attachment.dossier), 302)]
    assert words in text(answer)


def test_a_wrong_file_is_taken_away_with_a_reason(office: Office, attachment: Attachment) -> None:
    client = browser(office.clerk)
    refused = client.post(f"{address(attachment)}go/", {"reason": " "})
    assert (refused.status_code, "Xin ghi rõ lý do gỡ tệp" in text(refused)) == (422, True)
    answer = client.post(f"{address(attachment)}go/", {"reason": "Của hồ sơ khác"}, follow=True)
    shown = text(answer)
    assert "Đã gỡ tệp." in shown
    assert "Tờ khai.pdf" not in shown
    assert "Của hồ sơ khác" in text(client.get(page(attachment.dossier, "change/?tab=xu-ly")))
    assert client.get(address(attachment)).status_code == 404


def test_files_are_guarded_against_forgery(office: Office, attachment: Attachment) -> None:
    client = browser(office.clerk, enforce_csrf_checks=True)
    sent = send(client, attachment.dossier, samples.upload(samples.pdf(), "a.pdf"))
    taken = client.post(f"{address(attachment)}go/", {"reason": "x"})
    assert (sent.status_code, taken.status_code, Attachment.objects.count()) == (403, 403, 1)
