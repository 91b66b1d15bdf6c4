"""Which workflow a dossier is received under: default, kind, sector, procedure."""

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import rules_in_force
from dossiers.workflow import folder
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data, default_workflow_data
from tenants.folder.steps import StepReport
from tenants.text import fold
from tests.dossiers.walking import take
from tests.factories import Office, ProcedureFactory

KIND = ("kind", "complaint")
SECTOR = ("sector", fold("Hộ tịch"))
MARRIAGE = ("procedure", "1.000894")


def assign(wanted: dict[tuple[str, str], str]) -> StepReport:
    report = StepReport()
    folder.assign(wanted, report)
    return report


def published(*codes: str) -> None:
    for code in codes:
        WorkflowVersion.publish({**default_workflow_data(), "code": code}, code)


def test_without_assignments_the_default_holds(office: Office) -> None:
    assert rules_in_force.applicable(office.procedure).code == "default"


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [
        ({SECTOR: "of_sector"}, "of_sector"),
        ({MARRIAGE: "of_procedure"}, "of_procedure"),
        ({SECTOR: "of_sector", MARRIAGE: "of_procedure"}, "of_procedure"),
        ({KIND: "of_kind"}, "default"),
        ({("sector", "dat dai"): "of_sector", ("procedure", "1.000895"): "of_procedure"}, "default"),
        ({("kind", "1.000894"): "of_kind", ("procedure", SECTOR[1]): "of_procedure"}, "default"),
    ],
    ids=["sector", "procedure", "both", "another kind", "others", "keys of another scope"],
)
def test_the_most_particular_one_holds(office, assigned, expected):
    published("of_sector", "of_procedure", "of_kind")
    assign(assigned)
    assert rules_in_force.applicable(office.procedure).code == expected


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [
        ({KIND: "of_kind", SECTOR: "of_sector"}, "of_kind"),
        ({SECTOR: "of_sector"}, "default"),
        ({KIND: "of_kind", ("procedure", "1.003504"): "of_procedure"}, "of_procedure"),
    ],
    ids=["kind before sector", "sector alone", "procedure before kind"],
)
def test_a_complaint_never_follows_the_usual_workflow_of_its_sector(office, assigned, expected):
    published("of_sector", "of_procedure", "of_kind")
    assign(assigned)
    assert rules_in_force.applicable(ProcedureFactory(complaint=True)).code == expected


def test_the_newest_version_holds_and_is_found_in_the_statement_of_the_version(
    office: Office, django_assert_num_queries: object
) -> None:
    published("of_sector")
    WorkflowVersion.publish({**default_workflow_data(), "code": "of_sector", "name": "Mới"}, "of_sector")
    assign({SECTOR: "of_sector"})
    assert rules_in_force.applicable(office.procedure).number == 2
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert rules_in_force.applicable(office.procedure).number == 2


def test_a_province_without_workflow_has_none(office: Office) -> None:
    assign({SECTOR: "nowhere"})
    with pytest.raises(WorkflowVersion.DoesNotExist):
        rules_in_force.applicable(office.procedure)


def test_assignments_become_exactly_what_is_wanted(office: Office) -> None:
    assert assign({KIND: "one", SECTOR: "two"}) == StepReport(added=2)
    assert assign({KIND: "one", SECTOR: "two"}) == StepReport()
    assert assign({KIND: "other", MARRIAGE: "three"}) == StepReport(added=1, changed=1, hidden=1)
    rows = WorkflowAssignment.objects.values_list("scope", "key", "workflow_code")
    assert set(rows) == {(*KIND, "other"), (*MARRIAGE, "three")}


def test_a_dossier_stays_with_the_workflow_it_was_received_under(office: Office) -> None:
    dossier = services.receive(office.intake(), actor=office.clerk).dossier
    changed = default_workflow_data()
    changed["transitions"] = [row for row in changed["transitions"] if row["code"] != "require_payment"]
    changed["steps"] = [row for row in changed["steps"] if row["code"] != "payment"]
    for row in changed["transitions"]:
        row["source"] = [code for code in row["source"] if code != "payment"]
    changed["transitions"] = [row for row in changed["transitions"] if row["source"]]
    WorkflowVersion.publish(changed)
    take(office, dossier, "forward")
    take(office, dossier, "require_payment")
    assert (dossier.workflow_version.number, dossier.step) == (1, "payment")
    later = services.receive(office.intake(), actor=office.clerk).dossier
    assert "payment" not in later.workflow_version.workflow.steps


def test_it_is_told_for_what_a_workflow_holds(office: Office) -> None:
    WorkflowVersion.publish(complaint_workflow_data(), "complaint")
    assign({KIND: "complaint", SECTOR: "complaint", MARRIAGE: "complaint"})
    told = rules_in_force.reach("complaint")
    assert told == {
        "is_default": False,
        "kinds": ["khiếu nại"],
        "sectors": ["Hộ tịch"],
        "procedures": ["1.000894 Đăng ký kết hôn"],
    }
    assert rules_in_force.reach("default")["is_default"]
