"""The virus scanner: what it says, what it does not say, and what happens while it is away."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dossiers.lifecycle import files
from dossiers.lifecycle.files import tasks, virus_scan
from dossiers.lifecycle.models import Attachment, Dossier
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.files import storage, virus_scanner
from tenants.files.models import StoredFile
from tenants.isolation.context import current_province
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.lifecycle.files.clamd import Clamd
from tests.factories import Office

State = Attachment.ScanState


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Scans that workers were asked for; nobody works on them."""
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks.scan, "delay", lambda slug, pk: asked.append((slug, pk)))
    # It would close the connection whose transaction this test lives in.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    return asked


@pytest.fixture
def attachment(office: Office, dossier: Dossier, clamd: Clamd, hints: Any) -> Attachment:
    return files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)


def poison(attachment: Attachment) -> None:
    """What the scanner will find in the file, whatever was inspected before."""
    path = Path(storage.storages[storage.ALIAS].path(attachment.stored_name))  # type: ignore[attr-defined]
    path.write_bytes(b"x" * 100_000 + samples.EICAR)


def test_a_new_file_waits(attachment: Attachment) -> None:
    assert (attachment.scan_state, virus_scan.is_safe(attachment)) == (State.PENDING, False)


def test_a_worker_is_asked_after_commit(office, dossier, clamd, hints, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = files.attach_all(
            dossier.pk,
            [samples.upload(samples.pdf(), "a.pdf"), samples.upload(samples.png(), "b.png")],
            kind="paper",
            actor=office.clerk,
        )
        assert hints == []
    assert hints == [("daklak", one.pk) for one in made]


def test_an_upload_does_not_fail_because_the_queue_is_down(
    office: Office,
    dossier: Dossier,
    clamd: Clamd,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def down(slug: str, pk: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.scan, "delay", down)
    with django_capture_on_commit_callbacks(execute=True):
        files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)
    assert Attachment.objects.get().scan_state == State.PENDING


def test_a_clean_file_is_clean(attachment: Attachment, noon: datetime) -> None:
    assert virus_scan.scan(attachment.pk) == State.CLEAN
    attachment.refresh_from_db()
    assert (attachment.scan_state, attachment.scanned_at, attachment.threat) == (State.CLEAN, noon, "")


def test_the_whole_file_reaches_the_scanner(attachment: Attachment, clamd: Clamd) -> None:
    poison(attachment)
    virus_scan.scan(attachment.pk)
    assert len(clamd.heard[0]) == 100_000 + len(samples.EICAR)


def test_an_infected_file_is_named_and_recorded(attachment: Attachment) -> None:
    poison(attachment)
    assert virus_scan.scan(attachment.pk) == State.INFECTED
    attachment.refresh_from_db()
    assert attachment.threat == "Eicar-Test-Signature"
    entry = AuditEntry.objects.get(action="file.infected")
    assert (entry.subject, entry.detail["attachment"]) == (attachment.dossier.subject, attachment.pk)


def test_an_infected_file_never_becomes_clean(attachment: Attachment, clamd: Clamd) -> None:
    Attachment.objects.update(scan_state=State.INFECTED)
    assert virus_scan.scan(attachment.pk) == State.INFECTED
    assert clamd.heard == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: \0",
        b"stream: FOUND\0",
        b"220 mail.example ESMTP\r\n\0",
        b"OK OK\0",
        b"\xff" * 10_000,
    ],
)
def test_an_answer_that_is_none_leaves_the_file_closed(attachment, clamd, answer):
    clamd.answer = answer
    assert virus_scan.scan(attachment.pk) == State.ERROR


@pytest.mark.parametrize("trouble", ["silent", "takes no more", "away", "no bytes"])
def test_in_trouble_the_file_stays_closed(attachment, clamd, settings, tmp_path, monkeypatch, trouble):
    monkeypatch.setattr(virus_scanner, "WHOLE_SECONDS", 0.05 if trouble == "silent" else 5)
    clamd.silent, clamd.deaf = trouble == "silent", trouble == "takes no more"
    if trouble == "away":
        settings.CLAMD_URL = f"unix://{tmp_path}/nobody.sock"
    elif trouble == "no bytes":
        storage.remove(attachment.stored_name)
    else:
        poison(attachment)
    assert virus_scan.scan(attachment.pk) == State.ERROR


def test_a_scanner_behind_a_socket_file_is_asked_as_well(attachment, settings, tmp_path):
    with Clamd(path=str(tmp_path / "clamd.sock")) as running:
        settings.CLAMD_URL = running.url
        assert virus_scan.scan(attachment.pk) == State.CLEAN


def test_without_a_scanner_the_state_says_so(office: Office, dossier: Dossier) -> None:
    made = files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)
    assert (made.scan_state, virus_scan.is_safe(made)) == (State.NOT_SCANNED, True)
    assert virus_scan.waiting() == []


def test_files_of_a_time_without_scanner_are_scanned_once_there_is_one(office, dossier, settings):
    made = files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    assert not virus_scan.is_safe(made)
    assert virus_scan.waiting() == [made.pk]


def test_files_that_wait_for_a_scanner_that_was_given_up_are_not_scanned(attachment, settings):
    settings.CLAMD_URL = ""
    virus_scan.waiting()
    attachment.refresh_from_db()
    assert attachment.scan_state == State.NOT_SCANNED


@pytest.mark.parametrize(
    ("state", "minutes", "found"),
    [
        (State.PENDING, 0, False),
        (State.PENDING, 2, True),
        (State.ERROR, 2, False),
        (State.ERROR, 6, True),
        (State.CLEAN, 60, False),
        (State.INFECTED, 60, False),
    ],
)
def test_a_lost_hint_and_a_failed_scan_are_found_again(attachment, hints, noon, state, minutes, found):
    Attachment.objects.update(scan_state=state, scanned_at=noon)
    with clock.frozen(noon + timedelta(minutes=minutes)):
        assert virus_scan.waiting() == ([attachment.pk] if found else [])


def test_the_sweep_asks_for_each_file_in_its_own_province(attachment, hints, noon, inside):
    with inside("dongnai"):
        elsewhere = Office("H19")
        theirs = _attach(elsewhere)
    with clock.frozen(noon + timedelta(minutes=2)):
        tasks.sweep()
    assert sorted(hints) == [("daklak", attachment.pk), ("dongnai", theirs.pk)]


def test_a_province_in_trouble_does_not_keep_the_others_waiting(attachment, hints, noon, monkeypatch, inside):
    with inside("dongnai"):
        theirs = _attach(Office("H19"))
    waiting = virus_scan.waiting

    def trouble(table: type[StoredFile]) -> list[int]:
        if current_province().slug == "daklak":
            raise RuntimeError
        return waiting(table)

    monkeypatch.setattr(virus_scan, "waiting", trouble)
    with clock.frozen(noon + timedelta(minutes=2)):
        tasks.sweep()
    assert hints == [("dongnai", theirs.pk)]


def _attach(office: Office) -> Attachment:
    from dossiers.lifecycle import actions as services

    dossier = services.receive(office.intake(), actor=office.clerk).dossier
    return files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before + 1
