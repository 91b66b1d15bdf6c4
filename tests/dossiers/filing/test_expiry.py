"""The end of a draft: two reminders, then nothing is left, and the work list says so."""

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from dossiers.filing import drafts, expiry, tasks
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile, FilingSession
from dossiers.filing.submission import submit
from messaging.contacts import contacts
from messaging.contacts.models import Contact
from messaging.inbound import privacy
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.files import storage
from tests.dossiers.filing.filling import FILER, NUMBER, PHONE, Filing, rows
from tests.dossiers.filing.test_review_at_the_desk import supplemented

Commits = Any


def at(draft: FilingDraft, *, before: timedelta) -> Any:
    return clock.frozen(draft.expires_at - before)


def test_a_draft_is_reminded_of_seven_days_and_one_day_before_its_end(filing: Filing) -> None:
    draft = filing.begun().draft
    sent = []
    for hours in (7 * 24 + 1, 7 * 24, 6 * 24, 25, 24, 1):
        with at(draft, before=timedelta(hours=hours)):
            sent.append(expiry.remind_due())
            assert expiry.work_list()["to_remind"] == 0
    assert sent == [0, 1, 0, 0, 1, 0]
    reminder = Message.objects.latest("pk")
    assert (reminder.intent, reminder.bulk) == ("filing_reminder", True)
    assert "Đăng ký kết hôn" in reminder.body
    name = reminder.button_url.rstrip("/").rpartition("/")[2]
    assert drafts.named(name) == draft


def test_who_comes_late_is_reminded_once(filing: Filing) -> None:
    draft = filing.begun().draft
    with at(draft, before=timedelta(hours=3)):
        assert [expiry.remind_due() for _run in range(3)] == [1, 0, 0]


@pytest.mark.parametrize("begun", [{"reminders": False}, None], ids=["declined", "number not proven"])
def test_without_consent_nobody_is_reminded(filing: Filing, begun: Any) -> None:
    draft = filing.draft(prepared=True) if begun is None else filing.begun(**begun).draft
    with at(draft, before=timedelta(hours=3)):
        expiry.remind_due()
    assert not Message.objects.exists()


def test_what_was_filed_is_not_reminded_of(filing: Filing) -> None:
    opened = filing.complete()
    with at(opened.draft, before=timedelta(hours=3)):
        expiry.remind_due()
        submit(opened.draft.pk)
        assert Message.objects.get(intent="filing_reminder").recalled_at is not None
        assert expiry.remind_due() == 0


def test_after_thirty_days_nothing_is_left_and_the_work_list_proves_it(
    filing: Filing, django_capture_on_commit_callbacks: Commits
) -> None:
    opened, other = filing.complete(), filing.begun()
    FilingDraft.objects.filter(pk=other.draft.pk).update(expires_at=clock.now() + timedelta(days=60))
    end = opened.draft.expires_at
    with clock.frozen(end):
        assert expiry.work_list() == {"open": 1, "overdue": 1, "overdue_since": end, "to_remind": 0}
        with django_capture_on_commit_callbacks(execute=True):
            assert expiry.remove_due() == 1
        assert expiry.work_list() == {"open": 1, "overdue": 0, "overdue_since": None, "to_remind": 0}
    assert (rows(), list(storage.names())) == ((1, 0, 0), [])
    assert AuditEntry.objects.get(action="filing.expire").detail == {"drafts": 1, "files": 1}


def test_what_drafts_take_is_counted_until_they_are_filed(filing: Filing) -> None:
    filing.submitted()
    size = filing.paper(filing.begun()).size
    filing.draft(prepared=True)
    assert expiry.kept() == {"proven": 1, "unproven": 1, "files": 1, "bytes": size}


def test_what_was_filed_stays(filing: Filing) -> None:
    filing.submitted()
    with clock.frozen(clock.now() + timedelta(days=400)):
        assert expiry.remove_due() == 0
    assert FilingDraft.objects.count() == 1


def test_sessions_of_yesterday_are_forgotten(filing: Filing) -> None:
    drafts.resume_by_number(filing.draft(prepared=True), PHONE, NUMBER)
    with clock.frozen(clock.now() + timedelta(hours=24)):
        expiry.remove_due()
    assert not FilingSession.objects.exists()


def test_beat_hints_at_each_province(filing: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks.tidy_all()
    assert filing.queue.sent[-2:] == [("tidy", "daklak"), ("tidy", "dongnai")]


def archive_of(number: str) -> tuple[Any, zipfile.ZipFile]:
    """What a person is given: the data, and the archive with the files."""
    content = io.BytesIO()
    privacy.export(number, content, None)
    archive = zipfile.ZipFile(content)
    return json.loads(archive.read(privacy.DATA_FILE)), archive


def test_a_person_gets_all_that_is_kept_of_their_drafts(filing: Filing) -> None:
    filing.complete()
    # Begun under this number by another, for all that is known.
    filing.draft(prepared=True)
    data, archive = archive_of(NUMBER)
    (kept,) = data["drafts"]
    assert kept["answers"]["ten"] == filing.filled["ten"]
    assert {"question": "Tên", "answer": [filing.filled["ten"]["ten"]], "earlier": []} in kept["in_words"]
    assert kept["created_at"].endswith("+07:00")
    ((paper, path),) = [(file["paper"], file["path"]) for file in kept["files"]]
    assert (paper, archive.read(path)) == (
        "Giấy chứng sinh",
        storage.fetch(FilingFile.objects.get().stored_name).read(),
    )
    assert not archive_of("0905000679")[0]["drafts"]


def test_a_person_gets_what_a_supplement_corrects_where_earlier_answers_ask_it(filing: Filing) -> None:
    supplemented(filing)
    draft = FilingDraft.objects.get(kind="supplement")
    FilingAnswer.objects.create(draft=draft, page="dan-toc", values=json.dumps({"dan_toc": "kinh"}))
    (filed, sent) = archive_of(NUMBER)[0]["drafts"]
    assert ("Dân tộc", ["Kinh"]) in [(one["question"], one["answer"]) for one in sent["in_words"]]
    (name,) = [one for one in filed["in_words"] if one["question"] == "Tên"]
    assert (name["answer"], name["earlier"][0]["answer"]) == (["Nguyễn Văn Mới"], ["Nguyễn Văn Thử"])
    assert "Cha" not in [one["question"] for one in sent["in_words"]]


def test_a_person_gets_what_was_filed_and_of_others_in_it_nothing(filing: Filing) -> None:
    dossier = filing.submitted().dossier
    data, archive = archive_of(NUMBER)
    (kept,) = data["dossiers"]
    assert (kept["code"], kept["people"]["submitter"]["name"]) == (dossier.code, FILER["name"])
    # Filed under this number, with an owner who has none.
    assert {role: one["phone"] for role, one in kept["people"].items()} == {
        "owner": "", "submitter": NUMBER, "recipient": NUMBER
    }  # fmt: skip
    assert kept["files"][0]["path"] in archive.namelist()
    assert not archive_of("0905000679")[0]["dossiers"]


def test_erasing_a_person_removes_their_drafts_and_keeps_what_was_filed(
    filing: Filing, noon: datetime, django_capture_on_commit_callbacks: Commits
) -> None:
    filing.complete(filing.begun(reminders=False))
    filing.draft(phone="0905000679")
    contact = contacts.contact_for(NUMBER, "")
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.erase(contact, None)["elsewhere"] == 1
    assert (rows(), list(storage.names())) == ((1, 0, 0), [])


def test_the_sweep_of_idle_people_leaves_a_draft_that_is_being_filled_in(filing: Filing) -> None:
    contacts.contact_for(NUMBER, "")
    Contact.objects.update(created_at=Now() - timedelta(days=400))
    draft = filing.draft(prepared=True)
    idle = privacy.idle_contacts(timedelta(days=365))
    assert privacy.erase_all(idle) == (0, 1)
    with clock.frozen(draft.expires_at):
        assert privacy.erase_all(idle) == (1, 0)
