"""Files by a key: through the examiner and the rights of the desk, once, and read back with a trace."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files
from dossiers.lifecycle.models import Attachment, Dossier, Event
from tenants.audit.models import AuditEntry
from tests.dossiers.exchange.conftest import ADDRESS, Machine
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office


@pytest.fixture
def dossier(office: Office) -> Dossier:
    return services.receive(office.intake(), actor=office.clerk).dossier


def at(dossier: Dossier, more: str = "") -> str:
    return f"{ADDRESS}{dossier.code}/files/{more}"


def send(
    machine: Machine, dossier: Dossier, content: Any = None, kind: str = "result", **headers: str
) -> Any:
    file = SimpleUploadedFile("kết quả.png", samples.png() if content is None else content)
    return machine.send(at(dossier), {"file": file, "kind": kind}, **headers)


def test_a_result_is_added_listed_and_read_as_at_the_desk(machine: Machine, dossier: Dossier) -> None:
    added = send(machine, dossier, if_match='"1"')
    assert (added.status_code, added["ETag"], added.json()["event"]) == (200, '"2"', 2), added.content
    kept = Attachment.objects.get()
    assert (kept.kind, kept.uploaded_by, files.has_result(dossier)) == ("result", machine.user, True)
    listed = machine.ask(at(dossier)).json()["files"]
    assert listed == [added.json()]
    read = machine.ask(at(dossier, f"{kept.pk}/"), accept="image/png")
    assert (read["Content-Type"], b"".join(read)[:4]) == ("image/png", b"\x89PNG")
    assert [
        (entry.action, entry.actor) for entry in AuditEntry.objects.filter(action__endswith=".read").order_by("pk")
    ] == [("dossier.read", machine.user), ("file.read", machine.user)]  # fmt: skip


def test_the_same_file_again_is_kept_once_and_another_under_its_key_is_refused(
    machine: Machine, dossier: Dossier
) -> None:
    first, again = (
        send(machine, dossier, if_match='"1"', idempotency_key="phieu-0001") for _time in range(2)
    )
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    for other in (samples.jpeg(), None):
        answer = send(machine, dossier, other, "result" if other else "paper", if_match='"1"', idempotency_key="phieu-0001")  # fmt: skip
        assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (422, "key-used")
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "kind", "headers", "status"),
    [
        (b"MZ" + b"x" * 1000, "paper", {}, 400),
        (b"", "paper", {}, 400),
        (samples.png_bomb(), "paper", {}, 400),
        (None, "other", {}, 400),
        (None, "paper\0", {}, 400),
        (None, "paper", {"if_match": '"7"'}, 412),
        (None, "paper", {"if_match": "x"}, 428),
        (None, "paper", {"idempotency_key": "x"}, 400),
        (None, "paper", {"accept": "text/html"}, 406),
        (None, "paper", {"authorization": ""}, 401),
    ],
    ids=["program", "empty", "bomb", "kind", "nul", "stale", "etag", "key", "accept", "nobody"],
)
def test_a_file_that_cannot_be_taken_changes_nothing(
    machine: Machine, dossier: Dossier, content: Any, kind: str, headers: dict[str, str], status: int
) -> None:
    answer = send(machine, dossier, content, kind, **headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (Event.objects.count(), Attachment.objects.count()) == (1, 0)


@pytest.mark.parametrize("sent", [{}, {"file": "text"}, {"file": [SimpleUploadedFile("a.png", b"a")] * 2}])
def test_one_file_is_wanted(machine: Machine, dossier: Dossier, sent: dict[str, Any]) -> None:
    assert machine.send(at(dossier), sent).status_code == 400


def test_json_is_no_file(machine: Machine, dossier: Dossier) -> None:
    assert machine.ask(at(dossier), {"kind": "result"}).status_code == 415


def test_a_key_without_a_part_finds_no_file_and_one_that_only_reads_adds_none(
    machine: Machine, dossier: Dossier
) -> None:
    added = send(machine, dossier)
    machine.user.assignments.update(role="auditor")
    assert send(machine, dossier).status_code == 403
    assert machine.ask(at(dossier)).status_code == 200
    machine.user.assignments.all().delete()
    for answer in (
        send(machine, dossier),
        machine.ask(at(dossier)),
        machine.ask(at(dossier, f"{added.json()['id']}/")),
    ):
        assert answer.status_code == 404


def test_what_is_not_given_out_is_told(machine: Machine, dossier: Dossier) -> None:
    number = send(machine, dossier).json()["id"]
    assert machine.ask(at(dossier, f"{number + 1}/")).status_code == 404
    Attachment.objects.update(scan_state="infected")
    answer = machine.ask(at(dossier, f"{number}/"))
    assert (answer.status_code, "vi-rút" in answer.json()["detail"]) == (409, True)
