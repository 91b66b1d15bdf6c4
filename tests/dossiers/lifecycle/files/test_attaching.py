"""Adding files to a dossier and taking them away: who, when, what stays, and what a failure leaves."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from dossiers.lifecycle import event_journal, files
from dossiers.lifecycle.errors import NotEntitled, NotPossible, StaleDossier
from dossiers.lifecycle.models import Attachment, Dossier, Event
from tenants.accounts.models import User
from tenants.files import storage
from tenants.files.inspection import FileRefused, inspect
from tenants.organisation.models import Role
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import in_progress, take
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory


def add(dossier: Dossier, actor: User, kind: str = "paper", **options: Any) -> Attachment:
    return files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind=kind, actor=actor, **options)


def stored(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def finished(office: Office) -> Dossier:
    dossier = in_progress(office)
    add(dossier, office.specialist, kind="result")
    take(office, dossier, "finish")
    return dossier


@pytest.fixture
def closed(office: Office, finished: Dossier) -> Dossier:
    take(office, finished, "return")
    return finished


def test_a_file_is_kept_with_what_is_known_of_it(office: Office, dossier: Dossier, noon: datetime) -> None:
    upload = samples.upload(samples.pdf(pages=2), "Tờ khai bà Minh Họa.pdf")
    made = files.attach(dossier.pk, upload, kind="paper", actor=office.clerk, paper="Tờ khai")
    made.refresh_from_db()
    assert (made.name, made.paper, made.pages) == ("Tờ khai bà Minh Họa.pdf", "Tờ khai", 2)
    assert (made.uploaded_by, made.uploaded_at, made.sequence) == (office.clerk, noon, 2)
    with storage.fetch(made.stored_name) as file:
        assert file.read() == samples.pdf(pages=2)


def test_history_names_the_row_and_no_person(office: Office, dossier: Dossier) -> None:
    made = add(dossier, office.clerk)
    event = Event.objects.get(kind="attach")
    assert event.note is not None
    assert (event.note.data, event.note.text) == ({"attachment": made.pk}, "")
    assert (event.actor, event.agency) == (office.clerk, office.desk)


def test_several_files_come_together_or_not_at_all(office: Office, dossier: Dossier, store: Path) -> None:
    good, bad = samples.upload(samples.pdf(), "a.pdf"), samples.upload(b"x", "b.pdf")
    with pytest.raises(FileRefused):
        files.attach_all(dossier.pk, [good, bad], kind="paper", actor=office.clerk)
    assert (Attachment.objects.count(), stored(store)) == (0, [])
    good, other = samples.upload(samples.pdf(), "a.pdf"), samples.upload(samples.png(), "b.png")
    files.attach_all(dossier.pk, [good, other], kind="paper", actor=office.clerk)
    assert list(Attachment.objects.values_list("sequence", flat=True)) == [2, 3]


def test_a_stale_view_gets_a_conflict(office: Office, dossier: Dossier, store: Path) -> None:
    with pytest.raises(StaleDossier):
        add(dossier, office.clerk, seen=0)
    assert stored(store) == []


@pytest.mark.parametrize(
    ("kind", "paper"), [("virus", ""), ("paper", "x" * 301), ("paper", "a\0b"), ("", "")]
)
def test_words_that_cannot_be_kept_are_refused(office, dossier, kind, paper):
    with pytest.raises(NotPossible):
        add(dossier, office.clerk, kind=kind, paper=paper)


def test_a_dossier_has_room_for_so_many_files(office, dossier, settings, store):
    settings.FILE_MAX_PER_DOSSIER = 1
    first = add(dossier, office.clerk)
    with pytest.raises(FileRefused, match="nhiều nhất 1 tệp"):
        add(dossier, office.clerk)
    assert stored(store) == [first.stored_name.rpartition("/")[2]]


def test_a_withdrawn_file_leaves_its_room_but_not_without_end(office, dossier, settings):
    settings.FILE_MAX_PER_DOSSIER = 1
    for _time in range(3):
        files.withdraw_file(add(dossier, office.clerk).pk, "Nhầm hồ sơ", office.clerk)
    with pytest.raises(FileRefused, match="nhiều nhất 1 tệp"):
        add(dossier, office.clerk)


@pytest.mark.parametrize("who", ["clerk", "specialist", "leader"])
@pytest.mark.parametrize("kind", Attachment.Kind.values)
def test_who_has_a_part_in_the_dossier_adds(office: Office, dossier: Dossier, who: str, kind: str) -> None:
    assert add(dossier, getattr(office, who), kind=kind).pk


def strangers(office: Office) -> Iterator[User]:
    elsewhere = AgencyFactory(code="H15.70", name="Cơ quan khác", desk=True)
    for role in (Role.CLERK, Role.SPECIALIST, Role.LEADER):
        yield AssignmentFactory(agency=elsewhere, role=role).user
    yield AssignmentFactory(agency=office.desk, role=Role.SPECIALIST).user
    yield UserFactory()
    gone = AssignmentFactory(agency=office.desk, role=Role.CLERK).user
    gone.is_active = False
    gone.save()
    yield gone


def test_others_neither_add_nor_take_away(office: Office, dossier: Dossier, store: Path) -> None:
    made = add(dossier, office.clerk)
    for person in strangers(office):
        with pytest.raises(NotEntitled):
            add(dossier, person)
        with pytest.raises(NotEntitled):
            files.withdraw_file(made.pk, "vì sao", person)
    assert (Event.objects.filter(kind="attach").count(), len(stored(store))) == (1, 1)


def test_a_withdrawn_file_is_shown_to_nobody_and_its_bytes_stay(office, dossier, noon):
    made = add(dossier, office.clerk)
    event = files.withdraw_file(made.pk, "Nhầm hồ sơ khác", office.clerk)
    made.refresh_from_db()
    assert (made.removed_at, event.note and event.note.text) == (noon, "Nhầm hồ sơ khác")
    assert files.visible_files(dossier, office.clerk) == []
    with storage.fetch(made.stored_name) as file:
        assert file.read()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\0"])
def test_a_withdrawal_needs_a_reason(office: Office, dossier: Dossier, reason: str) -> None:
    made = add(dossier, office.clerk)
    with pytest.raises(NotPossible):
        files.withdraw_file(made.pk, reason, office.clerk)


def test_a_file_is_withdrawn_once(office: Office, dossier: Dossier) -> None:
    made = add(dossier, office.clerk)
    files.withdraw_file(made.pk, "nhầm", office.clerk)
    with pytest.raises(NotPossible):
        files.withdraw_file(made.pk, "nhầm", office.clerk)
    assert Event.objects.filter(kind="withdraw_file").count() == 1


@pytest.mark.parametrize(("who", "may"), [("clerk", False), ("specialist", False), ("leader", True)])
def test_a_result_that_the_citizen_may_have_is_taken_back_by_a_leader(office, finished, who, may):
    result = finished.attachments.get()
    if may:
        files.withdraw_file(result.pk, "sai tên", getattr(office, who))
        assert files.results(finished) == []
    else:
        with pytest.raises(NotEntitled):
            files.withdraw_file(result.pk, "sai tên", getattr(office, who))


def test_a_result_not_yet_handed_out_is_taken_back_by_who_added_it(office: Office) -> None:
    dossier = in_progress(office)
    result = add(dossier, office.specialist, kind="result")
    assert files.has_result(dossier)
    files.withdraw_file(result.pk, "bản nháp", office.specialist)
    assert not files.has_result(dossier)


@pytest.mark.parametrize(("who", "may"), [("clerk", False), ("specialist", False), ("leader", True)])
def test_a_closed_dossier_changes_through_a_leader_alone(office, closed, who, may):
    person = getattr(office, who)
    assert files.may_attach(closed, person) is may
    if may:
        assert add(closed, person).sequence == closed.last_sequence + 1
    else:
        with pytest.raises(NotPossible):
            add(closed, person)


def test_a_failing_transaction_leaves_no_bytes(office, dossier, store, monkeypatch):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(event_journal, "append", fail)
    with pytest.raises(RuntimeError):
        add(dossier, office.clerk)
    assert (stored(store), Attachment.objects.count()) == ([], 0)


def test_bytes_of_a_row_that_was_committed_stay_whatever_is_raised_later(office, dossier, store):
    """As when the answer to COMMIT is lost."""
    inspected = inspect(samples.upload(samples.pdf(), "a.pdf"))
    with pytest.raises(ConnectionError), files.batch():  # noqa: PT012
        with transaction.atomic():
            files.attach_within(dossier, [inspected], actor=office.clerk, sequence=1)
        raise ConnectionError
    assert len(stored(store)) == 1


def test_files_are_not_stored_where_nothing_would_clean_up(office: Office, dossier: Dossier) -> None:
    inspected = inspect(samples.upload(samples.pdf(), "a.pdf"))
    with pytest.raises(RuntimeError):
        files.attach_within(dossier, [inspected], actor=office.clerk, sequence=1)


def test_an_infected_result_is_none(office: Office) -> None:
    dossier = in_progress(office)
    add(dossier, office.specialist, kind="result")
    Attachment.objects.update(scan_state="infected")
    assert not files.has_result(dossier)


def test_personal_names_stand_in_one_column(office: Office, dossier: Dossier) -> None:
    upload = samples.upload(samples.pdf(), "canary Minh Hoa.pdf")
    files.attach(dossier.pk, upload, kind="paper", actor=office.clerk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND data_type IN ('character varying', 'text', 'jsonb') AND is_updatable = 'YES'"
        )
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ~ %s LIMIT 1', ["canary Minh"])
            found += [(table, column)] * len(cursor.fetchall())
    assert found == [("dossiers_attachment", "name")]
