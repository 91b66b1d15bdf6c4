"""Forms of online filing in a province's folder: every fault at its place, and what applying them does."""

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from dossiers.filing import folder as filing_forms
from dossiers.filing.models import FilingFormVersion
from dossiers.filing.rules.form import shipped_forms
from tenants.folder.folder import Draft, open_folder
from tenants.folder.readers.spreadsheets import as_sheets
from tenants.folder.steps import StepReport
from tenants.isolation.context import current_province
from tenants.operations.onboarding import sections
from tenants.organisation.folder import agencies as organisation
from tests.dossiers.workflow.test_workflow_folder import validate
from tests.tenants.workshop import Workshop

HANDBOOK = Path(project.BASE_DIR) / "docs" / "van-hanh" / "mau-nop-ho-so.md"
DONGNAI = Path(project.PROVINCES_DIR) / "dongnai"
CODE, SHIPPED, UNREAD = "2.000635", "1.001193", "1.000894"
SHEETS = ("survey", "choices", "settings")


def written_yaml() -> str:
    """The form that the handbook writes as YAML."""
    return re.search(r"```yaml\n(procedure.*?)```", HANDBOOK.read_text(encoding="utf-8"), re.DOTALL)[1]


def written_tables() -> dict[str, list[list[str]]]:
    """The rows of the sheets of the form that the handbook writes as a spreadsheet."""
    text = HANDBOOK.read_text(encoding="utf-8")
    found = {}
    for sheet in SHEETS:
        table = re.search(rf"^`{sheet}`:\n\n((?:\|.*\n)+)", text, re.MULTILINE)[1].splitlines()
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
        found[sheet] = [rows[0], *rows[2:]]
    return found


def workbook(tables: dict[str, list[list[str]]]) -> bytes:
    sheets = []
    for title, (heading, *rows) in tables.items():
        sheets.append((title, heading, [dict(zip(heading, row, strict=True)) for row in rows]))
    return as_sheets(sheets)


@pytest.fixture
def workshop(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A small folder, of which only agencies and forms are read."""
    monkeypatch.setattr(project, "PROVINCES_DIR", tmp_path)
    monkeypatch.setattr(sections, "STEPS", [organisation.STEP, filing_forms.STEP])
    made = Workshop(tmp_path)
    (made.path / "bieu-mau-nop").mkdir()
    return made


def line_of(phrase: str) -> int:
    lines = written_yaml().splitlines()
    return next(number for number, line in enumerate(lines, 1) if phrase in line)


def test_the_two_examples_of_the_handbook_are_one_sound_form(workshop: Workshop) -> None:
    forms = []
    for name, content in (("a.yaml", written_yaml()), ("a.xlsx", workbook(written_tables()))):
        workshop.write(f"bieu-mau-nop/{name}", content)
        assert validate(workshop) == (0, [])
        files, _problems = filing_forms.read(open_folder(workshop.slug))
        forms += [file.form for file in files]
        (workshop.path / "bieu-mau-nop" / name).unlink()
    assert forms[0] == forms[1]
    assert forms[0].procedure == CODE


def test_the_handbook_names_every_type_column_and_personal_kind() -> None:
    from typing import get_args

    from dossiers.filing.rules.form import BUILT_IN_PAGES
    from dossiers.filing.rules.questions import Personal, TypeName
    from dossiers.filing.rules.spreadsheet import COLUMNS

    text = HANDBOOK.read_text(encoding="utf-8")
    optional = {"title_en", "basis_url", "owner_phone", "ends_sentence_en", "list_name"}
    words = {*get_args(Personal), *get_args(TypeName), *BUILT_IN_PAGES}
    words |= {column for columns in COLUMNS.values() for column in columns} - optional
    assert [word for word in sorted(words) if not re.search(rf"(?<![\w-]){word}(?![\w-])", text)] == []


def test_the_spreadsheet_of_the_demonstration_is_that_of_the_handbook(workshop: Workshop) -> None:
    workshop.write("bieu-mau-nop/a.xlsx", (DONGNAI / "bieu-mau-nop" / f"{CODE}.xlsx").read_bytes())
    workshop.write("bieu-mau-nop/b.xlsx", workbook(written_tables()))
    files, _problems = filing_forms.read(open_folder(workshop.slug))
    assert files[0].form is not None
    assert files[0].form == files[1].form


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        ("type: person", "type: persen", "phải là một trong"),
        ("minutes: 8", "minutes: tám", "phải là số nguyên"),
        ("{is: [nho_so, true]}", "{is: [nho_so, co]}", "không bao giờ có câu trả lời"),
        ("{is: [di_thay, true]}", "{is: [khong_co, true]}", "không có câu hỏi nào tên ấy đứng trước"),
        ("paper: Văn bản ủy quyền", "paper: Văn bản uỷ quyền", "có phải “Văn bản ủy quyền”?"),
        ("desk: noi_o", "desk: nguoi_xin", "không có câu hỏi “nguoi_xin” thuộc loại"),
    ],
)
def test_a_fault_is_printed_at_its_line(workshop: Workshop, old: str, new: str, phrase: str) -> None:
    workshop.write("bieu-mau-nop/a.yaml", written_yaml().replace(old, new))
    code, (printed,) = validate(workshop)
    assert code == 2
    assert printed.startswith(f"✗ bieu-mau-nop/a.yaml:{line_of(old)}:")
    assert phrase in printed


@pytest.mark.parametrize(
    ("sheet", "row", "column", "text", "phrase"),
    [
        ("survey", 7, "type", "persen", "không có loại câu hỏi “persen”"),
        ("survey", 14, "relevant", "${khong_co} = 'yes'", "không có câu hỏi nào tên ấy đứng trước"),
        ("survey", 15, "constraint", ". >", "biểu thức còn thiếu vế cuối"),
        ("survey", 11, "personal", "", "thiếu mục “personal”"),
        ("choices", 2, "name", "Khai sinh", "không phải mã"),
        ("settings", 2, "minutes", "tám", "phải là số nguyên"),
        ("settings", 3, "basis_day", "mai", "không phải ngày"),
    ],
)
def test_a_fault_of_a_spreadsheet_is_printed_at_its_cell(
    workshop: Workshop, sheet: str, row: int, column: str, text: str, phrase: str
) -> None:
    tables = written_tables()
    place = tables[sheet][0].index(column)
    tables[sheet][row - 1][place] = text
    workshop.write("bieu-mau-nop/a.xlsx", workbook(tables))
    code, printed = validate(workshop)
    assert code == 2
    assert [one for one in printed if f"a.xlsx:{row}:{place + 1}: {sheet}: " in one and phrase in one], (
        printed
    )


def test_a_spreadsheet_without_its_sheets_or_with_a_formula_is_refused(workshop: Workshop) -> None:
    tables = written_tables()
    workshop.write("bieu-mau-nop/a.xlsx", workbook({"survey": tables["survey"]}))
    code, printed = validate(workshop)
    assert code == 2
    assert all("settings: thiếu cột" in line for line in printed)
    workshop.write("bieu-mau-nop/a.xlsx", b"PK no workbook")
    code, printed = validate(workshop)
    assert code == 2
    assert printed[0].startswith("✗ bieu-mau-nop/a.xlsx: ")


def test_a_column_that_is_not_read_is_remarked_and_english_ones_are_read(workshop: Workshop) -> None:
    tables = written_tables()
    tables["survey"] = [
        [*row, extra] for row, extra in zip(tables["survey"], ["appearance", *[""] * 99], strict=False)
    ]
    tables["choices"] = [[*row, "x"] for row in tables["choices"]]
    tables["choices"][0][-1] = "label::English (en)"
    workshop.write("bieu-mau-nop/a.xlsx", workbook(tables))
    code, (printed,) = validate(workshop)
    assert code == 0
    assert "survey: không đọc cột “appearance”" in printed
    (file,), _problems = filing_forms.read(open_folder(workshop.slug))
    assert file.form is not None
    assert file.form.eligibility[0].answers[0].label_en == "x"


def test_two_files_for_a_procedure_clash(workshop: Workshop) -> None:
    workshop.write("bieu-mau-nop/a.yaml", written_yaml())
    workshop.write("bieu-mau-nop/b.yaml", written_yaml())
    code, (printed,) = validate(workshop)
    assert code == 2
    assert "b.yaml:1:1: thủ tục 2.000635 đã có biểu mẫu ở bieu-mau-nop/a.yaml" in printed


def test_what_may_yet_be_imported_is_only_remarked(workshop: Workshop) -> None:
    workshop.write("bieu-mau-nop/a.yaml", written_yaml().replace(CODE, "9.999999"))
    workshop.write("bieu-mau-nop/b.yaml", written_yaml().replace("Văn bản ủy quyền", "Ảnh thẻ"))
    workshop.write("bieu-mau-nop/c.yml", written_yaml())
    code, printed = validate(workshop)
    assert code == 0
    assert len(printed) == 3
    assert all(line.startswith("! ") for line in printed)


# --- Applying


def apply(workshop: Workshop) -> StepReport:
    return filing_forms.STEP.apply(open_folder(workshop.slug))


def test_without_a_file_the_shipped_forms_that_were_compared_are_in_force(
    office: object, workshop: Workshop
) -> None:
    waiting = {code for code, form in shipped_forms().items() if form.is_published_text_only}
    report = apply(workshop)
    assert report.added == len(shipped_forms()) - len(waiting)
    assert UNREAD in waiting
    assert f"chưa dùng {len(waiting)} biểu mẫu" in report.notes[0]
    assert FilingFormVersion.newest(UNREAD) is None
    assert FilingFormVersion.in_force(SHIPPED).form == shipped_forms()[SHIPPED]
    assert apply(workshop).changes == 0


def test_a_demonstration_uses_forms_that_nobody_compared(office: object, workshop: Workshop) -> None:
    workshop.edit("province.yaml", "state: pilot", "state: pilot\ndemo: true")
    assert (apply(workshop).added, apply(workshop).notes) == (len(shipped_forms()), [])
    assert FilingFormVersion.in_force(UNREAD).form.is_published_text_only
    workshop.edit("province.yaml", "demo: true", "demo: false")
    apply(workshop)
    assert FilingFormVersion.newest(UNREAD).is_withdrawn


def test_a_form_is_used_once_a_person_of_the_province_compared_it(office: object, workshop: Workshop) -> None:
    rows = f"code,person,day\n{UNREAD},Bà Thử – Trưởng phòng Tư pháp,2026-11-20\n"
    workshop.write("bieu-mau-nop/da-doi-chieu.csv", rows)
    assert validate(workshop) == (0, [])
    apply(workshop)
    form = FilingFormVersion.in_force(UNREAD).form
    assert (form.is_published_text_only, form.compared.person) == (False, "Bà Thử – Trưởng phòng Tư pháp")
    draft = Draft(workshop.slug)
    filing_forms.STEP.export(draft)
    assert draft.files == {"bieu-mau-nop/da-doi-chieu.csv": rows}
    workshop.write("bieu-mau-nop/da-doi-chieu.csv", f"{rows}9.999999,Ông Thử,2026-13-01\n")
    code, printed = validate(workshop)
    assert (code, len(printed)) == (2, 1)
    workshop.write("bieu-mau-nop/da-doi-chieu.csv", f"{rows}9.999999,Ông Thử,2026-11-20\n")
    assert "không có biểu mẫu cho thủ tục mã 9.999999" in validate(workshop)[1][0]


def test_a_form_of_the_folder_stands_in_the_place_of_the_shipped_one(
    office: object, workshop: Workshop
) -> None:
    apply(workshop)
    workshop.write("bieu-mau-nop/a.yaml", written_yaml().replace(CODE, SHIPPED))
    report = apply(workshop)
    assert (report.added, report.changed, report.hidden) == (0, 1, 0)
    assert FilingFormVersion.in_force(SHIPPED).number == 2
    (workshop.path / "bieu-mau-nop" / "a.yaml").unlink()
    assert apply(workshop).changed == 1
    assert FilingFormVersion.in_force(SHIPPED).form == shipped_forms()[SHIPPED]


def test_a_form_that_is_gone_from_the_folder_is_withdrawn_and_may_come_back(
    office: object, workshop: Workshop
) -> None:
    workshop.write("bieu-mau-nop/a.yaml", written_yaml())
    apply(workshop)
    (workshop.path / "bieu-mau-nop" / "a.yaml").unlink()
    assert apply(workshop).hidden == 1
    assert FilingFormVersion.newest(CODE).is_withdrawn
    assert apply(workshop).changes == 0
    workshop.write("bieu-mau-nop/a.yaml", written_yaml())
    assert apply(workshop).changed == 1
    assert FilingFormVersion.newest(CODE).form.minutes == 8


def test_an_export_writes_what_is_the_provinces_own(office: object, workshop: Workshop) -> None:
    workshop.write("bieu-mau-nop/a.xlsx", workbook(written_tables()))
    apply(workshop)
    draft = Draft(workshop.slug)
    filing_forms.STEP.export(draft)
    assert set(draft.files) == {f"bieu-mau-nop/{CODE}.yaml"}
    (workshop.path / "bieu-mau-nop" / "a.xlsx").unlink()
    for name, content in draft.files.items():
        workshop.write(name, content)
    assert validate(workshop) == (0, [])
    assert apply(workshop).changes == 0


def printed(*arguments: str) -> str:
    output = io.StringIO()
    call_command("filing_form_schema", *arguments, stdout=output)
    return output.getvalue()


def test_a_form_in_force_is_printed_as_json_schema(office: object, workshop: Workshop) -> None:
    slug = current_province().slug
    with pytest.raises(CommandError, match="không có biểu mẫu"):
        printed(slug, SHIPPED)
    apply(workshop)
    assert json.loads(printed(slug, SHIPPED))["x-procedure"] == SHIPPED
    with pytest.raises(CommandError, match="Không có tỉnh"):
        printed("khongco", SHIPPED)


def test_the_state_names_the_version_of_each_form(office: object, workshop: Workshop) -> None:
    apply(workshop)
    assert filing_forms.STEP.state(open_folder(workshop.slug))[SHIPPED] == {"version": "bản 1"}
