"""`blank_forms.csv` and `blank_forms/` of a province's folder, both optional: forms and their sheets.

A row says what its cells say of a form that ships with the portal, or adds one. `file` names a sheet in the directory.
A sheet whose row is gone is given out no more; one that staff uploaded stays.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from procedures.catalogue.blank_forms.actions import inspect_sheet, put_facts, put_sheet, withdraw_sheet
from procedures.catalogue.blank_forms.names import FACTS, NAME, UNKNOWN, form_key, shipped_forms
from procedures.catalogue.models import BlankForm, FormFile
from tenants.files.inspection import EXTENSIONS, FileRefused, Inspected, size_in_words
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.readers.csv_reader import TableRow
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import shaped

FILE, DIRECTORY = "blank_forms.csv", "blank_forms"
SHEET = "file"

Title = Annotated[str, Field(max_length=300)]
Address = Annotated[
    str, Field(max_length=500), shaped(r"(https?://\S+)?", "phải là địa chỉ http:// hoặc https://.")
]


class FormRow(TableRow):
    """What the province says of one form; an empty cell says nothing."""

    code: str
    annex: Annotated[str, Field(max_length=60)] = ""
    source: str = ""
    issued_on: date | None = None
    title: Title = ""
    english: Title = ""
    address: Address = ""
    file: str = ""

    @property
    def key(self) -> str:
        """The key of the form that the row is about."""
        return form_key(self.code, self.annex, self.source)

    @property
    def stated(self) -> dict[str, Any]:
        return {name: value for name in FACTS if (value := getattr(self, name))}


Content = tuple[dict[str, FormRow], dict[str, Inspected]]
"""The rows by key, and the sheets by file."""


def _write(folder: Folder, content: Content, progress: Progress) -> StepReport:
    """Bring the forms that ship, and what the rows say over them; what staff worded stays where no row says it."""
    rows, sheets = content
    report = StepReport()
    known = {form.key: form for form in BlankForm.objects.all()}
    of_folder = set(_sheets_of_folder().values_list("form__key", flat=True))
    for key in sorted({*shipped_forms(), *rows, *of_folder}):
        form, row = known.get(key), rows.get(key)
        changed = False
        if form is None:
            form = BlankForm()
        if facts := _facts(folder, form, key, row):
            changed = put_facts(form, facts)
        if row and row.file:
            if not folder.keeps(key, SHEET):
                changed |= put_sheet(form, sheets[row.file])
        elif key in of_folder and not folder.keeps(key, SHEET):
            changed |= withdraw_sheet(form)
        report.count(new=key not in known, differs=changed)
    return report


def _state(folder: Folder) -> State:
    """Of each form that a row is about the facts that it states, and the sheet that is given out."""
    rows = _read(folder)[0][0]
    sheets = _described(FormFile.objects.filter(replaced_at=None, form__key__in=rows))
    found: dict[str, dict[str, str]] = {}
    for form in BlankForm.objects.filter(key__in=rows):
        row = rows[form.key]
        found[form.key] = {name: str(getattr(form, name) or "") for name in row.stated}
        if row.file:
            found[form.key][SHEET] = sheets.get(form.key, "")
    for key, sheet in _described(_sheets_of_folder()).items():
        found.setdefault(key, {})[SHEET] = sheet
    return found


def _export(draft: Draft) -> None:
    """A row for each form that is not as it ships or has a sheet, and the sheets."""
    sheets = {one.form_id: one for one in FormFile.objects.filter(replaced_at=None)}
    rows = []
    for form in BlankForm.objects.order_by("key"):
        usual = shipped_forms().get(form.key, UNKNOWN)
        own = {name: getattr(form, name) for name in FACTS if getattr(form, name) != usual[name]}
        sheet = sheets.get(form.pk)
        if not sheet and not own.keys() - NAME:
            continue
        file = f"{form.key}.{EXTENSIONS[sheet.content_type][0]}" if sheet else ""
        if sheet:
            draft.files[f"{DIRECTORY}/{file}"] = bytes(sheet.content)
        cells = {**{name: getattr(form, name) for name in NAME}, **own, SHEET: file}
        rows.append({name: str(value or "") for name, value in cells.items()})
    draft.table(
        FILE, tuple(FormRow.model_fields), rows, "Tờ khai để tải; ô trống nghĩa là theo bản đi kèm cổng."
    )


def _facts(folder: Folder, form: BlankForm, key: str, row: FormRow | None) -> Mapping[str, Any]:
    stated = row.stated if row else {}
    free = {} if form.edited else shipped_forms().get(key, UNKNOWN if row else {})
    return {name: value for name, value in {**free, **stated}.items() if not folder.keeps(key, name)}


def _read(folder: Folder) -> tuple[Content, list[ValidationProblem]]:
    rows: dict[str, FormRow] = {}
    sheets: dict[str, Inspected] = {}
    problems: list[ValidationProblem] = []
    files = {file.removeprefix(f"{DIRECTORY}/") for file in folder.files_in(DIRECTORY, "")}
    if folder.has(FILE):
        table = folder.table(FILE, FormRow)
        problems += table.problems
        for row in table.rows:
            if not row.key:
                problems.append(row.problem(_("ký hiệu mẫu không có chữ hay số nào."), "code"))
            elif (first := rows.setdefault(row.key, row)) is not row:
                text = _("mẫu này đã có ở dòng %(line)d.") % {"line": first.line}
                problems.append(row.problem(text, "code"))
            elif row.file and row.file not in files:
                text = _("không có tệp này trong thư mục %(directory)s/.") % {"directory": DIRECTORY}
                problems.append(row.problem(text, SHEET))
    named = {row.file for row in rows.values() if row.file}
    for file in sorted(files & named):
        try:
            sheets[file] = inspect_sheet(
                ContentFile((folder.path / DIRECTORY / file).read_bytes(), name=file)
            )
        except (OSError, FileRefused) as refusal:
            problems.append(ValidationProblem(f"{DIRECTORY}/{file}", 0, str(refusal)))
    for file in sorted(files - named):
        text = _("không dòng nào của %(file)s nêu tệp này.") % {"file": FILE}
        problems.append(ValidationProblem(f"{DIRECTORY}/{file}", 0, text, blocks=False))
    return (rows, sheets), problems


def _sheets_of_folder() -> Any:
    return FormFile.objects.filter(replaced_at=None, uploaded_by=None)


def _described(sheets: Iterable[Any]) -> dict[str, str]:
    columns = ("form__key", "content_type", "size", "sha256")
    return {
        key: f"{EXTENSIONS[kind][0]}, {size_in_words(size)}, {sha256[:8]}"
        for key, kind, size, sha256 in sheets.values_list(*columns)  # type: ignore[attr-defined]
    }


_FILES = {FILE: None, DIRECTORY: None}
STEP = Step("blank_forms", gettext_lazy("Tờ khai để tải"), _read, _write, _FILES, _state, _export)
