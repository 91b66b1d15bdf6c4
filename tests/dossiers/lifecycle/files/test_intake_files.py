"""Papers that come with the dossier: taken in together with it, or not at all."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import notices
from dossiers.lifecycle.models import Dossier, Event
from tenants.files.inspection import inspect
from tests.dossiers.desk.test_desk import ADD, typed
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_papers_come_in_with_the_dossier(clerk: Client, office: Office, store: Path) -> None:
    uploads = [
        samples.upload(samples.pdf(), "Tờ khai.pdf"),
        samples.upload(samples.jpeg_of_a_telephone(), "anh.jpg"),
    ]
    answer = clerk.post(ADD, typed(office, uploads=uploads))
    assert answer.status_code == 302
    dossier = Dossier.objects.get()
    assert list(dossier.attachments.values_list("name", "kind", "sequence")) == [
        ("Tờ khai.pdf", "paper", 1),
        ("anh.jpg", "paper", 1),
    ]
    assert (Event.objects.count(), len(stored(store))) == (1, 2)


def test_a_bad_file_is_said_and_nothing_is_taken_in(clerk: Client, office: Office, store: Path) -> None:
    uploads = [samples.upload(samples.pdf(), "tot.pdf"), samples.upload(b"MZ", "xau.pdf")]
    answer = clerk.post(ADD, typed(office, uploads=uploads))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Tệp “xau.pdf” không phải PDF" in page
    assert "Nguyễn Thị Minh Họa" in page
    assert (Dossier.objects.count(), stored(store)) == (0, [])


def test_too_many_files_are_said(clerk: Client, office: Office, store: Path, settings: Any) -> None:
    settings.FILE_MAX_PER_DOSSIER = 1
    uploads = [samples.upload(samples.pdf(), f"{n}.pdf") for n in range(2)]
    answer = clerk.post(ADD, typed(office, uploads=uploads))
    assert answer.status_code == 422
    assert "nhiều nhất 1 tệp" in answer.content.decode()
    assert (Dossier.objects.count(), stored(store)) == (0, [])


def test_an_intake_that_fails_leaves_no_bytes(office, store, monkeypatch):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(notices, "send", fail)
    uploads = [inspect(samples.upload(samples.pdf(), "a.pdf"))]
    with pytest.raises(RuntimeError):
        services.receive(office.intake(), actor=office.clerk, uploads=uploads)
    assert (Dossier.objects.count(), stored(store)) == (0, [])
