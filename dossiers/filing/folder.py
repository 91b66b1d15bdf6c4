"""Forms of online filing in a province's folder: `bieu-mau-nop/`, one file a form, as YAML or as a spreadsheet.

A spreadsheet has the sheets and columns of XLSForm that `dossiers.filing.rules.spreadsheet` names. A form of the folder
stands in the place of the one that ships with the portal for the same procedure. A form whose author did not read the
statutory one is used in demonstrations alone, until `da-doi-chieu.csv` names who compared the two.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.filing.models import FilingFormVersion
from dossiers.filing.rules.form import Comparison, FilingForm, read_form, shipped_forms
from dossiers.filing.rules.spreadsheet import COLUMNS, NEEDED, SHEETS, SheetFault, Sheets
from procedures.catalogue.contents import national, national_papers
from tenants.folder.file_schema import problems_of
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.readers.csv_reader import Table, TableRow
from tenants.folder.readers.spreadsheets import workbook_sheets
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.text import BadCell, as_text
from tenants.validation import Day, Path, shown

DIRECTORY = "bieu-mau-nop"
YAML, WORKBOOK = ".yaml", ".xlsx"
COMPARED = f"{DIRECTORY}/da-doi-chieu.csv"
WITHDRAWN = {"withdrawn": True}
_ENGLISH = re.compile(r"(.+?)\s*::\s*english(?:\s*\(en\))?\Z")
_VIETNAMESE = re.compile(r"(.+?)\s*::\s*(?:vietnamese|tiếng việt)(?:\s*\(vi\))?\Z")


class ComparedRow(TableRow):
    """A form that a person of this province compared with the statutory one: name and position, and the day."""

    code: str
    person: str
    day: Day


@dataclass(frozen=True)
class FormFile:
    """One readable file: its form, if it is sound, and how a problem at a place of the form is said."""

    name: str
    form: FilingForm | None
    problem: Callable[[str, Path, bool], ValidationProblem]


def _check(folder: Folder, files: Sequence[FormFile]) -> list[ValidationProblem]:
    """Faults of what the forms say of their procedures, forms that share one, and files that are not read."""
    problems: list[ValidationProblem] = []
    first: dict[str, str] = {}
    for file in files:
        if file.form is None:
            continue
        code = file.form.procedure
        if code in first:
            text = _("thủ tục %(code)s đã có biểu mẫu ở %(file)s.") % {"code": code, "file": first[code]}
            problems.append(file.problem(text, ("procedure",), True))
        first.setdefault(code, file.name)
        problems += _strange_papers(file, file.form)
    for row in _compared(folder).rows:
        if row.code not in {**shipped_forms(), **first}:
            text = _("không có biểu mẫu cho thủ tục mã %(code)s.") % {"code": shown(row.code)}
            problems.append(row.problem(text, "code"))
    for name in folder.files_in(DIRECTORY, ""):
        if not name.endswith((YAML, WORKBOOK)) and name != COMPARED:
            text = _("chỉ đọc tệp có đuôi .yaml và .xlsx; xem lại tên tệp.")
            problems.append(ValidationProblem(name, 0, text, blocks=False))
    return problems


def _write(folder: Folder, files: Sequence[FormFile], progress: Progress) -> StepReport:
    """Publish a new version of each form that differs, and take away those that neither the folder nor the portal has.

    Drafts and dossiers keep the version under which they were begun.
    """
    wanted = {**shipped_forms(), **{file.form.procedure: file.form for file in files if file.form}}
    for row in _compared(folder).rows:
        if row.code in wanted:
            comparison = Comparison.model_validate({"person": row.person, "day": row.day.isoformat()})
            wanted[row.code] = wanted[row.code].model_copy(update={"compared": comparison})
    waiting = [
        code for code, form in wanted.items() if form.is_published_text_only and not folder.manifest.demo
    ]
    wanted = {code: form for code, form in wanted.items() if code not in waiting}
    gone = [
        one.code
        for one in FilingFormVersion.newest_of_each()
        if one.code not in wanted and not one.is_withdrawn
    ]
    report = StepReport()
    if waiting:
        text = _(
            "chưa dùng %(count)d biểu mẫu soạn theo thủ tục đã công bố; đối chiếu mẫu rồi ghi vào %(file)s: %(codes)s."
        )
        report.notes.append(text % {"count": len(waiting), "file": COMPARED, "codes": ", ".join(waiting)})
    for code, data in [
        *((code, form.to_data()) for code, form in wanted.items()),
        *((code, WITHDRAWN) for code in gone),
    ]:
        if folder.keeps(code):
            report.unchanged += 1
            continue
        version, created = FilingFormVersion.publish(data, code)
        if created and code in gone:
            report.hidden += 1
        else:
            report.count(new=version.number == 1, differs=created)
    return report


def _state(folder: Folder) -> State:
    """The version of each form in force."""
    return {
        one.code: {"version": "" if one.is_withdrawn else f"bản {one.number}"}
        for one in FilingFormVersion.newest_of_each()
    }


def _export(draft: Draft) -> None:
    """A file for each form in force, but for those of the portal, and who compared forms with the statutory ones."""
    shipped = {code: form.to_data() for code, form in shipped_forms().items()}
    rows = []
    for one in FilingFormVersion.newest_of_each():
        data = {name: value for name, value in one.data.items() if name != "compared"}
        if found := one.data.get("compared"):
            rows.append({"code": one.code, **found})
        if not one.is_withdrawn and data != shipped.get(one.code):
            draft.document(f"{DIRECTORY}/{one.code}{YAML}", data, "Biểu mẫu nộp hồ sơ riêng của tỉnh.")
    draft.table(COMPARED, list(ComparedRow.model_fields), rows)


# --- Reading


def read(folder: Folder) -> tuple[list[FormFile], list[ValidationProblem]]:
    """The readable files, and what is wrong with all of them."""
    files: list[FormFile] = []
    problems: list[ValidationProblem] = [*_compared(folder).problems]
    for ending, reader in ((YAML, _read_yaml), (WORKBOOK, _read_workbook)):
        for name in folder.files_in(DIRECTORY, ending):
            try:
                file, found = reader(folder, name)
            except Refused as refusal:
                problems += (replace(one, file=name) for one in refusal.problems)
            else:
                files.append(file)
                problems += found
    return files, problems


def _compared(folder: Folder) -> Table[ComparedRow]:
    return folder.table(COMPARED, ComparedRow, key=("code",)) if folder.has(COMPARED) else Table((), ())


def _read_yaml(folder: Folder, name: str) -> tuple[FormFile, list[ValidationProblem]]:
    document, problems = folder.document_to_check(name)
    form, faults = read_form(document.data)
    problems += problems_of(document, faults)

    def problem(text: str, path: Path, blocks: bool) -> ValidationProblem:
        return document.problem(text, *path, blocks=blocks)

    return FormFile(name, None if blocking(problems) else form, problem), problems


def _read_workbook(folder: Folder, name: str) -> tuple[FormFile, list[ValidationProblem]]:
    written = {title.strip().lower(): rows for title, rows in workbook_sheets(folder.path / name).items()}
    problems: list[ValidationProblem] = []
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    places: dict[str, dict[str, int]] = {}
    for sheet in SHEETS:
        rows[sheet], places[sheet] = _rows(name, sheet, written.get(sheet, []), problems)
    if blocking(problems):
        return FormFile(
            name, None, lambda text, path, blocks: ValidationProblem(name, 0, text, blocks)
        ), problems
    sheets = Sheets(rows)

    def at(fault: SheetFault, text: str, blocks: bool = True) -> ValidationProblem:
        column = places[fault.sheet].get(fault.column, 0)
        return ValidationProblem(name, fault.row, f"{fault.sheet}: {text}", blocks, column, fault.column)

    def problem(text: str, path: Path, blocks: bool) -> ValidationProblem:
        return at(sheets.place_of(path), text, blocks)

    form, faults = read_form(sheets.data)
    found = [*sheets.faults, *map(sheets.place, faults)]
    problems += (at(one, _(one.message) % one.params) for one in found)
    return FormFile(name, None if blocking(problems) else form, problem), problems


def _rows(
    file: str, sheet: str, written: Sequence[Sequence[str]], problems: list[ValidationProblem]
) -> tuple[list[tuple[int, dict[str, str]]], dict[str, int]]:
    """The rows of a sheet under the names of their columns, and the place of each column, from 1."""
    heading = [_column(cell) for cell in written[0]] if written else []
    places = {column: place for place, column in reversed(list(enumerate(heading, 1))) if column}
    for column in NEEDED[sheet]:
        if column not in places:
            text = _("%(sheet)s: thiếu cột “%(column)s”.") % {"sheet": sheet, "column": column}
            problems.append(ValidationProblem(file, 1, text))
    for column in places.keys() - set(COLUMNS[sheet]):
        text = _("%(sheet)s: không đọc cột “%(column)s”.") % {"sheet": sheet, "column": shown(column)}
        problems.append(ValidationProblem(file, 1, text, False, places[column], shown(column)))
    rows = []
    for number, cells in enumerate(written[1:], 2):
        row: dict[str, str] = {}
        for place, cell in enumerate(cells[: len(heading)], 1):
            try:
                text = as_text(cell)
            except BadCell as error:
                column = heading[place - 1]
                problems.append(
                    ValidationProblem(file, number, f"{sheet}: {error}", True, place, shown(column))
                )
                continue
            if text and heading[place - 1] in COLUMNS[sheet]:
                row[heading[place - 1]] = text
        if row:
            rows.append((number, row))
    return rows, places


def _column(cell: str) -> str:
    """The name of a column; XLSForm writes `label::English (en)` for what is `label_en` here."""
    name = " ".join(cell.lower().split())
    if found := _ENGLISH.match(name):
        return f"{found[1]}_en"
    found = _VIETNAMESE.match(name)
    return found[1] if found else name


# --- What the form says of the procedure


def _strange_papers(file: FormFile, form: FilingForm) -> Iterator[ValidationProblem]:
    """A procedure or papers that do not ship with the portal.

    Only a remark, since the province may have imported an official list; a name that is nearly one of the papers is
    taken for a slip of the pen and blocks: the desk would look for the paper in vain.
    """
    if form.procedure not in national.kinds():
        text = _("không có thủ tục mã %(code)s trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
        yield file.problem(text % {"code": shown(form.procedure)}, ("procedure",), False)
        return
    known = papers_of(form.procedure)
    for path, _section, _page, question in form.walk():
        if question.paper is None or question.paper in known:
            continue
        near = get_close_matches(question.paper, known, n=1, cutoff=0.85)
        if near:
            text = _("thủ tục không có giấy tờ “%(name)s”; có phải “%(near)s”?")
            yield file.problem(text % {"name": question.paper, "near": near[0]}, (*path, "paper"), True)
        else:
            text = _("danh mục đi kèm không có giấy tờ “%(name)s” ở thủ tục này.")
            yield file.problem(text % {"name": question.paper}, (*path, "paper"), False)


def papers_of(procedure_code: str) -> list[str]:
    """The names of a procedure's papers in the catalogue that ships with the portal."""
    explained = national.load_explanations().get(procedure_code)
    if explained is not None:
        documents = explained.facts["documents"]
    else:
        documents = national_papers.load().get(procedure_code, national_papers.TableFacts()).papers.values()
    return [" ".join(document.name.split()) for document in documents]


_FILES, _TITLE = {DIRECTORY: FilingForm}, gettext_lazy("Biểu mẫu nộp hồ sơ")
STEP = Step("filing_forms", _TITLE, read, _write, _FILES, _state, _export, check=_check)
