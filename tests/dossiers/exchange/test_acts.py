"""Acts by a key: beside the workflow and in it, as the desk does them, on what the system read last, and once."""

from datetime import timedelta
from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event, Proposal
from tenants import clock
from tests.dossiers.exchange.conftest import ADDRESS, Machine
from tests.factories import Office


@pytest.fixture
def dossier(office: Office, machine: Machine) -> Dossier:
    """At the department, whose leader the machine is."""
    machine.user.assignments.create(agency=office.department, role="leader")
    received = services.receive(office.intake(), actor=office.clerk)
    services.apply_transition(
        received.dossier.pk, "forward", actor=office.clerk, seen=1,
        given=services.TransitionInput(assignee=office.specialist),
    )  # fmt: skip
    return received.dossier


def act(machine: Machine, dossier: Dossier, door: str = "acts", match: str = '"2"', key: str = "phieu-0001", **given: Any) -> Any:  # fmt: skip
    return machine.ask(f"{ADDRESS}{dossier.code}/{door}/", given, if_match=match, idempotency_key=key)


def asked_for() -> dict[str, Any]:
    """A request for papers."""
    return {
        "transition": "require_supplement", "note": "Thiếu giấy tờ.", "papers": ["Bản sao giấy khai sinh"],
        "deadline": (clock.today() + timedelta(days=14)).isoformat(),
    }  # fmt: skip


def test_a_dossier_is_assigned_promised_anew_and_put_right(
    office: Office, machine: Machine, dossier: Dossier
) -> None:
    possible = machine.ask(f"{ADDRESS}{dossier.code}/").json()["acts"]
    assert possible == ["assign", "apologise", "correct"]
    dossier.refresh_from_db()
    assert dossier.due_at is not None
    day = (dossier.due_at + timedelta(days=7)).date().isoformat()
    acts: list[dict[str, Any]] = [
        {"act": "assign", "assignee": office.leader.username, "note": "Xin xem giúp"},
        {"act": "apologise", "new_due": day, "reason": "Phải xác minh thêm.", "cause": "verification"},
        {"act": "correct", "to_step": "received", "reason": "Ghi nhầm bước."},
        {"act": "recall"},
    ]
    for number, given in enumerate(acts, start=2):
        done = act(machine, dossier, match=f'"{number}"', key=f"phieu-{number:04}", **given)
        if given["act"] != "recall":
            assert (done.status_code, done.json()["event"]) == (200, number + 1), done.content.decode()
    assert (done.status_code, done.json()["type"].partition("#")[2]) == (409, "not-possible")
    dossier.refresh_from_db()
    assert (dossier.assignee, dossier.step) == (office.leader, "received")
    assert dossier.due_at is not None
    assert dossier.due_at.date().isoformat() == day
    assert {event.actor for event in Event.objects.filter(sequence__gt=2)} == {machine.user}


def test_papers_are_asked_for_and_what_was_asked_is_recalled(machine: Machine, dossier: Dossier) -> None:
    asked = asked_for()
    moved = act(machine, dossier, "transitions", **asked)
    assert (moved.status_code, moved.json()["status"]) == (200, 5), moved.content.decode()
    note = Event.objects.get(sequence=3).note
    assert note is not None
    assert (note.text, note.data["papers"]) == (asked["note"], asked["papers"])
    assert "recall" in machine.ask(f"{ADDRESS}{dossier.code}/").json()["acts"]
    again, recalled = (
        act(machine, dossier, match='"3"', key="phieu-0002", act="recall") for _time in range(2)
    )
    assert (recalled.status_code, recalled.json(), recalled.json()["status"]) == (200, again.json(), 4)
    assert Event.objects.count() == 4


@pytest.mark.parametrize(
    ("given", "status", "wrong"),
    [
        ({}, 400, "act"),
        ({"act": "consent"}, 400, "act"),
        ({"act": "assign"}, 400, "assignee"),
        ({"act": "assign", "assignee": "khong-co"}, 400, "assignee"),
        ({"act": "assign", "assignee": "x", "reason": "x"}, 400, "reason"),
        ({"act": "apologise", "new_due": "mai", "reason": "x"}, 400, "new_due"),
        ({"act": "apologise", "new_due": "2026-12-30", "reason": ""}, 400, "reason"),
        ({"act": "apologise", "new_due": "2026-12-30", "reason": "x", "cause": "x"}, 400, "cause"),
        ({"act": "correct", "to_step": "khong-co", "reason": "x"}, 409, ""),
        ({"act": "waybill", "waybill": "VN123456789"}, 409, ""),
        ({"act": "recall", "match": '"1"'}, 412, ""),
        ({"act": "recall", "match": ""}, 428, ""),
    ],
)
def test_an_act_that_cannot_be_done_changes_nothing(
    machine: Machine, dossier: Dossier, given: dict[str, Any], status: int, wrong: str
) -> None:
    answer = act(machine, dossier, **given)
    assert answer.status_code == status, answer.content.decode()
    assert [one["name"] for one in answer.json().get("errors", ())] == ([wrong] if wrong else [])
    assert Event.objects.count() == 2


def test_what_a_leader_must_approve_is_proposed(machine: Machine, dossier: Dossier) -> None:
    """Papers are asked for a second time."""
    Dossier.objects.update(supplement_requests=1)
    machine.user.assignments.filter(role="leader").delete()
    refused = act(machine, dossier, "transitions", **asked_for())
    assert refused.status_code == 409
    proposed = act(machine, dossier, "transitions", **asked_for(), propose=True)
    assert (proposed.status_code, proposed.json()["event"]) == (200, 3), proposed.content.decode()
    assert Proposal.objects.get().asked_by == machine.user
