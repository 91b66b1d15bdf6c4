"""Every pair of steps, tried through the service: allowed ones work, all others change nothing."""

import itertools
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from dossiers import services
from dossiers.errors import NotEntitled, NotPossible, StaleDossier
from dossiers.models import Dossier, Event
from dossiers.rules.default_workflow import default_workflow_data
from dossiers.rules.workflow import Workflow
from messaging.models import Message
from tenants import clock
from tests.factories import AgencyFactory, AssignmentFactory, Office

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
    given = {
        "note": "Lý do minh họa",
        "papers": ("Tờ khai",),
        "amount": "100.000 đồng",
        "assignee": office.specialist,
        **arguments,
    }
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


def test_assignee_must_work_at_the_competent_agency(office: Office) -> None:
    dossier = standing_at(office, "received")
    with pytest.raises(NotPossible):
        go(office, dossier, "forward", assignee=office.clerk)
    with pytest.raises(NotPossible):
        go(office, dossier, "forward", assignee=None)
    assert dossier.events.count() == 1


def test_leader_of_a_mere_support_point_decides_nothing(office: Office) -> None:
    point = AgencyFactory(code="H15.30", desk=True)
    office.clerk.assignments.create(agency=point, role="clerk")
    stranger = AssignmentFactory(agency=point, role="leader").user
    dossier = standing_at(office, "in_progress", support_point=point.code)
    with pytest.raises(NotEntitled):
        services.advance(dossier.pk, "stop", actor=stranger, seen=1, note="x")


@pytest.mark.parametrize("papers", [("x" * 301,), ("x",) * 51, ("a\0",)])
def test_unfit_papers_are_refused(office: Office, papers: tuple[str, ...]) -> None:
    dossier = standing_at(office, "in_progress")
    with pytest.raises(NotPossible):
        go(office, dossier, "require_supplement", papers=papers)


def test_a_server_whose_clock_is_behind_does_not_turn_history_back(office: Office, noon: datetime) -> None:
    dossier = standing_at(office, "in_progress")
    go(office, dossier, "require_payment")
    dossier.refresh_from_db()
    with clock.frozen(noon - timedelta(minutes=2)):
        event = go(office, dossier, "payment_received")
    assert event.at == dossier.paused_since


def test_history_tells_the_office_that_acted(office: Office) -> None:
    dossier = standing_at(office, "received")
    assert go(office, dossier, "forward").agency == office.desk
    dossier.refresh_from_db()
    assert go(office, dossier, "finish").agency == office.department


def test_refused_dossier_has_no_result_time(office: Office) -> None:
    dossier = standing_at(office, "received")
    go(office, dossier, "refuse")
    dossier.refresh_from_db()
    assert dossier.finished_at is None
    assert dossier.closed_at is not None


@pytest.mark.parametrize("table", ["dossiers_event", "dossiers_workflowversion", "dossiers_calendarversion"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id=id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_history_cannot_be_changed(office: Office, table: str, statement: str) -> None:
    standing_at(office, "received")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
