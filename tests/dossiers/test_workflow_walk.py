"""Every pair of steps, tried through the service: allowed ones work, all others change nothing."""

import itertools

import pytest

from dossiers import services
from dossiers.errors import NotEntitled, NotPossible, StaleDossier
from dossiers.models import Dossier, Event
from dossiers.rules.default_workflow import default_workflow_data
from dossiers.rules.workflow import Workflow
from messaging.models import Message
from tests.factories import Office

WORKFLOW = Workflow.from_data(default_workflow_data())
# Written by hand, apart from the data: from step → the transitions that must work.
ALLOWED = {
    "new": {"accept", "refuse", "withdraw"},
    "received": {"forward", "require_supplement", "refuse", "withdraw", "stop"},
    "in_progress": {"finish", "require_supplement", "require_payment", "withdraw", "stop"},
    "supplement": {"supplement_received", "withdraw", "stop"},
    "payment": {"payment_received", "withdraw", "stop"},
    "done": {"return"},
    "not_accepted": set(),
    "withdrawn": set(),
    "stopped": set(),
    "returned": set(),
}
PAIRS = sorted(itertools.product(ALLOWED, WORKFLOW.transitions))


def standing_at(office: Office, step: str, **changed: object) -> Dossier:
    """A dossier put at a step: only the tests may do that."""
    dossier = services.receive(office.intake(**changed), actor=office.clerk).dossier
    dossier.step, dossier.status = step, int(WORKFLOW.steps[step].status)
    dossier.save()
    return dossier


def go(office: Office, dossier: Dossier, transition: str, **arguments: object) -> Event:
    person = office.person_for(WORKFLOW.transitions[transition].roles)
    given = {"note": "Lý do minh họa", "papers": ("Tờ khai",), "amount": "100.000 đồng", **arguments}
    return services.advance(dossier.pk, transition, actor=person, seen=dossier.last_sequence, **given)


@pytest.mark.parametrize(("step", "transition"), PAIRS)
def test_pair(office: Office, step: str, transition: str) -> None:
    dossier = standing_at(office, step)
    if transition in ALLOWED[step]:
        go(office, dossier, transition)
        dossier.refresh_from_db()
        assert dossier.step == WORKFLOW.transitions[transition].target
        assert dossier.events.count() == 2
    else:
        with pytest.raises(NotPossible):
            go(office, dossier, transition)
        dossier.refresh_from_db()
        assert (dossier.step, dossier.events.count()) == (step, 1)


def test_stale_click_is_refused_and_writes_no_second_event(office: Office) -> None:
    dossier = standing_at(office, "received")
    go(office, dossier, "forward")
    with pytest.raises(StaleDossier):
        go(office, dossier, "forward")
    assert dossier.events.count() == 2


def test_role_is_asked(office: Office) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotEntitled):
        services.advance(dossier.pk, "finish", actor=office.clerk, seen=dossier.last_sequence)
    assert dossier.events.count() == 1


@pytest.mark.parametrize(
    ("transition", "missing"),
    [
        ("require_supplement", {"papers": ()}),
        ("require_supplement", {"note": " "}),
        ("require_payment", {"amount": ""}),
    ],
)
def test_demands_are_asked(office: Office, transition: str, missing: dict[str, object]) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotPossible):
        go(office, dossier, transition, **missing)


def test_notice_of_a_change_names_office_and_person(office: Office) -> None:
    dossier = standing_at(office, "received", consents=frozenset({"mock"}))
    go(office, dossier, "forward", assignee=office.specialist)
    message = Message.objects.get(intent="in_progress")
    assert "Phòng Tư pháp" in message.body
    assert office.specialist.full_name in message.body


def test_harmful_notice_is_held_two_minutes(office: Office) -> None:
    dossier = standing_at(office, "received", consents=frozenset({"mock"}))
    go(office, dossier, "refuse")
    message = Message.objects.get(intent="refused")
    assert (message.not_before - message.created_at).total_seconds() == 120


@pytest.mark.parametrize("text", ["\0", "\ud800", "x" * 100_000])
def test_unusable_note_is_refused(office: Office, text: str) -> None:
    dossier = standing_at(office, "received")
    with pytest.raises(NotPossible):
        go(office, dossier, "refuse", note=text)
