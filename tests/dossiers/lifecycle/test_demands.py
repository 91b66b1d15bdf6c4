"""What comes with a transition is read, checked and kept; nothing half-read is written."""

from datetime import date

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions.requirements import read_amount
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from tests.dossiers.walking import in_progress, received, take
from tests.factories import AssignmentFactory, Office


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("150.000", 150_000),
        ("150000", 150_000),
        ("1 250 000 đồng", 1_250_000),
        ("20.000đ", 20_000),
        ("20.000 VND", 20_000),
        (35_000, 35_000),
        ("", 0),
    ],
)
def test_amounts_as_people_type_them(typed: str | int, amount: int) -> None:
    assert read_amount(typed) == amount


@pytest.mark.parametrize("typed", ["0", "-5", "1,5", "12.34", "nhiều", "1" * 30, "1e9", "١٢"])
def test_other_amounts_are_refused(typed: str) -> None:
    with pytest.raises(NotPossible, match="Số tiền"):
        read_amount(typed)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"deadline": date(2026, 11, 25)}, "sau hôm nay"),
        ({"deadline": date(2026, 12, 6)}, "ngày nghỉ"),
        ({"deadline": date(2028, 1, 3)}, "một năm"),
        ({"deadline": None}, "hạn chót"),
        ({"amount": "abc"}, "Số tiền"),
    ],
    ids=["today", "Sunday", "years away", "missing", "no amount"],
)
def test_an_unfit_demand_for_money_changes_nothing(office, changed, sentence):
    dossier = in_progress(office)
    with pytest.raises(NotPossible, match=sentence):
        take(office, dossier, "require_payment", actor=office.specialist, **changed)
    assert dossier.events.count() == 2


def test_last_day_is_over_when_the_money_came(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_payment", actor=office.specialist)
    assert dossier.citizen_due_at is not None
    take(office, dossier, "payment_received")
    assert dossier.citizen_due_at is None


def test_all_that_is_missing_is_said_at_once(office: Office) -> None:
    dossier = received(office)
    with pytest.raises(NotPossible, match=r"lý do.*giấy tờ.*hạn chót"):
        services.apply_transition(dossier.pk, "require_supplement", actor=office.clerk, seen=1)


@pytest.mark.parametrize("handover", [services.Handover("counter"), services.Handover("bồ câu", "Ai đó")])
def test_a_result_goes_to_somebody_in_a_known_way(office: Office, handover: services.Handover) -> None:
    dossier = in_progress(office)
    take(office, dossier, "finish", actor=office.specialist)
    with pytest.raises(NotPossible):
        take(office, dossier, "return", handover=handover)
    assert dossier.events.count() == 3


def test_papers_back_at_intake_need_somebody_to_go_on(office: Office) -> None:
    dossier = received(office)
    take(office, dossier, "require_supplement")
    step = dossier.workflow_version.workflow.transitions["supplement_received"]
    with pytest.raises(NotPossible, match="người xử lý"):
        services.apply_transition(dossier.pk, step.code, actor=office.clerk, seen=2)


def test_asked_agency_answers_but_decides_nothing(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "consult", actor=office.specialist)
    asked = AssignmentFactory(agency=office.consulted, role="leader").user
    assert [step.code for step in services.possible_transitions(dossier, asked)] == ["consult_answered"]
    with pytest.raises(NotEntitled):
        take(office, dossier, "stop", actor=asked)
    assert take(office, dossier, "consult_answered", actor=asked).agency == office.consulted


def test_an_electronic_result_is_a_file(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "finish", actor=office.specialist)
    with pytest.raises(NotPossible, match="tệp kết quả"):
        take(office, dossier, "return", handover=services.Handover("electronic"))
