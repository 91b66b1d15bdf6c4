import csv
from collections import Counter
from pathlib import Path

import pytest

from dossiers.deadlines.rules.deadlines import Term, TermUnit
from dossiers.workflow.rules.shipped import (
    complaint_workflow_data,
    conciliation_workflow_data,
    default_workflow_data,
)
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.vocabulary import NOTICES_OF_COMPLAINTS
from dossiers.workflow.rules.workflow import Workflow
from tests import tables

WORKFLOW = Workflow.from_data(default_workflow_data())

STEPS = tables.read(__file__, "steps.yaml")

# What the term does at each step. Written by hand, like `arrows.csv`.
CLOCKS = {
    **dict.fromkeys(["new", "received", "in_progress", "consulting"], "running"),
    **dict.fromkeys(["filing_supplement", "supplement", "payment"], "paused"),
    **dict.fromkeys(["not_accepted", "withdrawn", "stopped", "done", "returned"], "closed"),
}

# (source, target): the one transition that leads there, its clock, hold and notice, and who may. Written by hand.
with Path(__file__).with_name("arrows.csv").open(encoding="utf-8") as _arrows:
    ALLOWED = {
        (source, target): (code, clock, int(hold), notice or None, roles)
        for source, target, code, clock, hold, notice, roles in list(csv.reader(_arrows))[1:]
    }
TRANSITIONS = sorted({row[0] for row in ALLOWED.values()})


def test_the_steps_cover_the_ten_statuses():
    assert {code: int(step.status) for code, step in WORKFLOW.steps.items()} == STEPS
    assert set(STEPS.values()) == {int(status) for status in Status}


def test_every_pair_of_steps():
    found = [
        ((source, way.target), (way.code, way.clock, way.hold_seconds, way.notice, way.roles))
        for source in STEPS
        for way in WORKFLOW.transitions_from(source)
    ]
    assert len(found) == len(ALLOWED)
    assert dict(found) == {pair: (*row[:4], frozenset(row[4].split())) for pair, row in ALLOWED.items()}


@pytest.mark.parametrize(
    ("code", "demanded"),
    [
        ("forward", {"assignee"}),
        ("return_filing", {"reason", "papers", "deadline"}),
        ("require_supplement", {"reason", "papers", "deadline"}),
        ("require_payment", {"amount", "deadline"}),
        ("consult", {"reason", "agency", "deadline"}),
        ("consult_answered", {"reason"}),
        ("return", {"handover"}),
        ("refuse", {"reason"}),
        ("stop", {"reason"}),
        ("finish", set()),
    ],
)
def test_what_must_be_given(code, demanded):
    assert WORKFLOW.transitions[code].requires == demanded


def test_what_ends_without_a_result_is_marked_as_dangerous():
    endings = {
        way.code for way in WORKFLOW.transitions.values() if WORKFLOW.steps[way.target].status.is_stopped
    }
    assert {way.code for way in WORKFLOW.transitions.values() if way.danger} == endings


def test_every_open_step_has_one_usual_way_on():
    primaries = Counter(step for step in STEPS for way in WORKFLOW.transitions_from(step) if way.primary)
    assert primaries == {step: 1 for step, status in STEPS.items() if not Status(status).is_closed}


def test_a_counter_begins_with_received_and_a_filing_may_begin_with_new():
    assert WORKFLOW.start == "received"
    assert WORKFLOW.starts == ("received", "new")


def test_the_clock_of_each_step_follows_from_the_ways_to_it():
    assert {code: WORKFLOW.clock_state(code) for code in STEPS} == CLOCKS


def test_only_the_asked_agency_has_a_step_that_is_not_the_desks_or_the_competent_ones():
    assert {code: step.agency for code, step in WORKFLOW.steps.items() if step.agency} == {
        "consulting": "consulted"
    }


@pytest.mark.parametrize("written", [{"value": 7, "unit": "working_day"}, {"unit": "same_day"}])
def test_a_workflow_may_have_a_term_of_its_own(written):
    workflow = Workflow.from_data({**default_workflow_data(), "term": written})
    assert workflow.term == Term(written.get("value", 0), TermUnit(written["unit"]))
    assert Workflow.from_data(workflow.to_data()) == workflow


def test_new_terms_begin_with_a_restart_and_make_the_round_trip():
    data = default_workflow_data()
    begin = next(row for row in data["transitions"] if row["code"] == "supplement_received")
    begin["terms"] = [{"code": "long", "name": "Phức tạp", "value": 45, "unit": "calendar_day"}]
    workflow = Workflow.from_data(data)
    choice = workflow.transitions["supplement_received"].terms[0]
    assert (choice.name, choice.term) == ("Phức tạp", Term(45, TermUnit.CALENDAR_DAY))
    assert Workflow.from_data(workflow.to_data()) == workflow


@pytest.mark.parametrize(
    "data", [complaint_workflow_data(), conciliation_workflow_data()], ids=["complaint", "conciliation"]
)
def test_the_other_kinds_have_a_sound_workflow_with_their_own_texts(data):
    notices = {way.notice for way in Workflow.from_data(data).transitions.values() if way.notice}
    assert notices <= set(NOTICES_OF_COMPLAINTS)
