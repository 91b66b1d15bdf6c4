"""Workflows in a province's folder: every fault at its line, and what applying them does."""

import io
import json
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command

from dossiers.lifecycle import rules_in_force
from dossiers.workflow import folder as workflow_folder
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data
from tenants.folder.folder import open_folder
from tenants.folder.steps import StepReport
from tenants.operations.onboarding import sections
from tenants.organisation.folder import agencies as organisation
from tests.factories import Office, ProcedureFactory, SectorFactory
from tests.tenants.workshop import Workshop

# Each holds faults; the comment at the line of a fault says, after ✗, how the sentence about it goes on.
BROKEN = sorted((Path(__file__).parent / "broken_workflows").glob("*.yaml"))
DAKLAK, DONGNAI = (Path(project.PROVINCES_DIR) / slug for slug in ("daklak", "dongnai"))
COMMON = (DAKLAK / "workflow.yaml").read_text(encoding="utf-8")
OF_DONGNAI = (DONGNAI / "workflow.yaml").read_text(encoding="utf-8")
SHORT = (DONGNAI / "workflows" / "ho-tich.yaml").read_text(encoding="utf-8")


@pytest.fixture
def workshop(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A small folder, of which only agencies and workflows are read."""
    monkeypatch.setattr(project, "PROVINCES_DIR", tmp_path)
    monkeypatch.setattr(sections, "STEPS", [organisation.STEP, workflow_folder.STEP])
    made = Workshop(tmp_path)
    (made.path / "workflows").mkdir()
    return made


def validate(workshop: Workshop) -> tuple[int, list[str]]:
    """Exit code of `manage.py province validate`, and the faults and remarks that it printed."""
    output, code = io.StringIO(), 0
    try:
        call_command("province", "validate", workshop.slug, stdout=output, stderr=output, no_color=True)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, [line for line in output.getvalue().splitlines() if line[:2] in ("✗ ", "! ")]


def planted(text: str) -> list[tuple[int, str]]:
    """Line and phrase of every fault that the comments of a file announce."""
    return [
        (number, phrase.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        for phrase in line.partition(" # ")[2].split("✗")[1:]
    ]


@pytest.mark.parametrize("broken", BROKEN, ids=[path.stem for path in BROKEN])
def test_every_planted_fault_is_printed_at_its_line_and_nothing_else(workshop, broken):
    text = broken.read_text(encoding="utf-8")
    file = "workflows/z.yaml" if "applies_to" in text else "workflow.yaml"
    workshop.write("workflows/thu.yaml", SHORT)
    workshop.write(file, text)
    code, printed = validate(workshop)
    expected = planted(text)
    missing = [
        (line, phrase)
        for line, phrase in expected
        if not any(f" {file}:{line}:" in one and phrase in one for one in printed)
    ]
    assert missing == [], printed
    assert len(printed) == len(expected), printed
    assert code == 2


def test_faults_of_all_files_are_printed_at_once(workshop: Workshop) -> None:
    workshop.write("workflow.yaml", COMMON.replace("status: 8", "status: 18"))
    workshop.write("workflows/mot.yaml", SHORT.replace("target: done", "target: xong"))
    workshop.write("workflows/hai.yaml", "code: [")
    files = {line.split(":")[0] for line in validate(workshop)[1]}
    assert files == {"✗ workflow.yaml", "✗ workflows/mot.yaml", "✗ workflows/hai.yaml"}


def test_the_shipped_files_are_sound(workshop: Workshop) -> None:
    workshop.write("workflow.yaml", OF_DONGNAI)
    workshop.write("workflows/ho-tich.yaml", SHORT)
    assert validate(workshop) == (0, [])


def test_a_misspelt_ending_is_remarked(workshop: Workshop) -> None:
    workshop.write("workflows/ho-tich.yml", SHORT)
    code, printed = validate(workshop)
    assert code == 0
    assert printed == ["! workflows/ho-tich.yml: chỉ đọc tệp có đuôi .yaml; xem lại tên tệp."]


def test_a_workflow_must_say_what_it_is_for(workshop: Workshop) -> None:
    workshop.write("workflows/thu.yaml", SHORT[SHORT.index("code:") :])
    assert "✗ workflows/thu.yaml:1:1: applies_to: thiếu mục “applies_to”" in validate(workshop)[1][0]


def test_a_complaint_is_never_told_in_words_that_say_what_it_is_about(workshop: Workshop) -> None:
    workshop.write("workflows/thu.yaml", SHORT.replace("sectors: [Hộ tịch]", "kinds: [complaint]"))
    workshop.edit("workflows/thu.yaml", '  procedures: ["2.000815"]\n', "")
    printed = validate(workshop)[1]
    assert len(printed) == SHORT.count("notice: ")
    assert all("không dùng cho khiếu nại và hòa giải" in line for line in printed)


# --- Applying


def apply(workshop: Workshop) -> StepReport:
    return workflow_folder.STEP.apply(open_folder(workshop.slug))


def assigned() -> dict[tuple[str, str], str]:
    return {(row.scope, row.key): row.workflow_code for row in WorkflowAssignment.objects.all()}


SHIPPED_ASSIGNMENTS = {("kind", "complaint"): "complaint", ("kind", "conciliation"): "conciliation"}


def test_without_any_file_the_shipped_workflows_hold(office: Office, workshop: Workshop) -> None:
    report = apply(workshop)
    # The office has the default one already.
    assert (report.added, report.unchanged) == (4, 1)
    assert assigned() == SHIPPED_ASSIGNMENTS
    assert set(WorkflowVersion.objects.values_list("code", flat=True)) == {
        "default",
        "complaint",
        "conciliation",
    }


def test_applying_again_changes_nothing(office: Office, workshop: Workshop) -> None:
    workshop.write("workflow.yaml", OF_DONGNAI)
    workshop.write("workflows/ho-tich.yaml", SHORT)
    assert apply(workshop).changes == 8
    assert apply(workshop).changes == 0


def test_a_file_is_published_and_assigned_to_what_it_names(office: Office, workshop: Workshop) -> None:
    workshop.write("workflows/ho-tich.yaml", SHORT)
    apply(workshop)
    assert assigned() == {
        **SHIPPED_ASSIGNMENTS,
        ("sector", "ho tich"): "ho_tich",
        ("procedure", "2.000815"): "ho_tich",
    }
    assert WorkflowVersion.in_force("ho_tich").workflow.name == "Hộ tịch và chứng thực bản sao"


def test_what_the_folder_no_longer_names_goes_back_to_the_default(office: Office, workshop: Workshop) -> None:
    workshop.write("workflows/ho-tich.yaml", SHORT)
    apply(workshop)
    (workshop.path / "workflows" / "ho-tich.yaml").unlink()
    report = apply(workshop)
    assert (report.added, report.changed, report.hidden) == (0, 0, 2)
    assert rules_in_force.applicable(office.procedure).code == "default"


def test_a_changed_file_makes_a_new_version_for_new_dossiers(office: Office, workshop: Workshop) -> None:
    workshop.write("workflows/ho-tich.yaml", SHORT)
    apply(workshop)
    workshop.edit("workflows/ho-tich.yaml", "Giải quyết ngay", "Trả ngay")
    report = apply(workshop)
    assert (report.added, report.changed, report.hidden) == (0, 1, 0)
    assert rules_in_force.applicable(office.procedure).number == 2


def test_a_province_may_have_a_workflow_of_its_own_for_complaints(office: Office, workshop: Workshop) -> None:
    data = {**complaint_workflow_data(), "name": "Khiếu nại ở tỉnh minh họa"}
    # What JSON can hold is YAML too.
    own = json.dumps({"applies_to": {"kinds": ["complaint"]}, **data}, ensure_ascii=False)
    workshop.write("workflows/khieu-nai.yaml", own)
    assert validate(workshop) == (0, [])
    apply(workshop)
    complaint = ProcedureFactory(complaint=True, sector=SectorFactory(name="Khiếu nại, tố cáo"))
    assert rules_in_force.applicable(complaint).workflow.name == "Khiếu nại ở tỉnh minh họa"
