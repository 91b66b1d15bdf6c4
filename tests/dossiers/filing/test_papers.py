"""Papers of a draft: taken, taken away, and known to all that looks after files."""

from datetime import timedelta
from typing import Any

import pytest

from dossiers.filing import answers, papers
from dossiers.filing.answers import DraftClosed
from dossiers.filing.models import FilingFile
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.files import access, tasks, virus_scan
from tenants import clock
from tenants.files import storage
from tenants.files.inspection import FileRefused
from tenants.operations.backup import stored_files
from tests import disk
from tests.dossiers.filing.filling import Filing
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.lifecycle.files.clamd import Clamd
from tests.dossiers.lifecycle.files.conftest import clamd  # noqa: F401 – a fixture

Commits = Any


def stored(name: str) -> bool:
    return name in {one for one, _at in storage.names()}


def picture(number: int) -> Any:
    return samples.upload(samples.png(samples.picture((300 + number, 400))), "giay.png")


@pytest.mark.parametrize("question", ["ten", "khong_co", "giay-1"])
def test_a_question_that_takes_no_papers_gets_none(filing: Filing, question: str) -> None:
    with pytest.raises(NotPossible):
        papers.store(filing.draft(), question, picture(0))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"FILE_MAX_PER_DOSSIER": 1}, "Một hồ sơ có nhiều nhất 1 tệp"),
        ({"FILE_MAX_BYTES": 20_000}, "nặng nhiều nhất"),
        ({}, "Giấy tờ này có nhiều nhất 5 tệp"),
    ],
    ids=["number", "size", "question"],
)
def test_a_draft_has_room_for_so_much(filing: Filing, settings: Any, limits: Any, said: str) -> None:
    draft = filing.draft()
    papers.store(draft, "giay", picture(0))
    FilingFile.objects.update(size=99_000)
    for name, value in limits.items():
        setattr(settings, name, value)

    def store_more() -> None:
        for number in range(1, 6):
            papers.store(draft, "giay", picture(number))

    with pytest.raises(FileRefused, match=said):
        store_more()


def test_a_number_that_no_code_proved_has_room_for_one_large_file(filing: Filing, settings: Any) -> None:
    draft = filing.draft(prepared=True)
    papers.store(draft, "giay", picture(0))
    FilingFile.objects.update(size=settings.FILE_MAX_BYTES)
    with pytest.raises(FileRefused, match="nặng nhiều nhất 20 MB"):
        papers.store(draft, "giay", picture(1))


def test_a_closed_draft_takes_no_paper(filing: Filing) -> None:
    with pytest.raises(DraftClosed):
        papers.store(filing.draft(over=True), "giay", picture(0))
    assert list(storage.names()) == []


def test_a_deleted_paper_takes_its_bytes_along(
    filing: Filing, django_capture_on_commit_callbacks: Commits
) -> None:
    opened = filing.begun()
    file = filing.paper(opened)
    with django_capture_on_commit_callbacks(execute=True):
        assert papers.delete(opened.draft, file.pk)
    assert (stored(file.stored_name), answers.read(opened.draft).files) == (False, ())


def test_a_paper_of_another_draft_is_neither_shown_nor_deleted(filing: Filing) -> None:
    file, other = filing.paper(filing.begun()), filing.draft()
    with pytest.raises(access.NoSuchFile):
        papers.give_out(other, file.pk)
    assert not papers.delete(other, file.pk)


def test_a_paper_is_given_out_once_it_is_clean(filing: Filing, clamd: Clamd) -> None:  # noqa: F811
    opened = filing.begun()
    file = filing.paper(opened)
    with pytest.raises(access.NotServed):
        papers.give_out(opened.draft, file.pk)
    virus_scan.scan(file.pk, FilingFile)
    assert papers.give_out(opened.draft, file.pk).file.read()


def test_a_paper_whose_hint_was_lost_is_scanned_by_the_sweep(
    filing: Filing,
    clamd: Clamd,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    file = filing.paper(filing.begun())
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        tasks.sweep()
    assert filing.queue.sent[-1] == ("scan", "daklak", file.pk, "filingfile")


def test_papers_of_drafts_are_no_orphans_and_are_missed_when_gone(filing: Filing) -> None:
    file = filing.paper(filing.begun())
    FilingFile.objects.update(uploaded_at=disk.now())
    with clock.frozen(disk.now() + timedelta(days=2)):
        assert stored_files.sweep().orphans == []
        storage.remove(file.stored_name)
        assert stored_files.find().missing == [file.pk]
    assert list(stored_files.names()) == [file.stored_name]
