"""A draft as a workbook: a sheet of texts, then one sheet for each part; headings are the labels of the form."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.editor.fields import GROUPS, PARTS, Field, Kind, Part, label_of, name_of, rows_of, under
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.spreadsheets import MOST_ROWS, as_sheets, workbook_sheets
from tenants.text import fold
from tenants.validation import Fault

MOST_BYTES = 2 * 1024 * 1024
FILE = "bang-tinh.xlsx"
_TEXTS = gettext_lazy("Lời giải thích")
_HEADING = (gettext_lazy("Mục"), gettext_lazy("Nội dung"), gettext_lazy("Cách ghi"))
_YES = gettext_lazy("có")


def write(content: dict[str, Any]) -> bytes:
    """Return the content as an .xlsx file, in which no cell is a formula."""
    with translation.override("vi"):
        what, value, how = map(str, _HEADING)
        texts = [
            {
                what: str(field.label),
                value: _cell(field, under(content, key).get(field.name)),
                how: str(field.help),
            }
            for key, _title, fields in GROUPS
            for field in fields
        ]
        columns: tuple[str, ...] = (what, value, how)
        sheets = [(str(_TEXTS), columns, texts)]
        for part in PARTS:
            columns = tuple(str(field.label) for field in part.fields)
            rows = [
                {str(field.label): _cell(field, row.get(field.name)) for field in part.fields}
                for row in rows_of(content, part)
            ]
            sheets.append((str(part.title), columns, rows))
        return as_sheets(sheets)


def read(upload: Any) -> dict[str, str]:
    """Return what an uploaded workbook says, as the form of a draft is sent; sheets are known by their titles.

    Raises `tenants.folder.problems.Refused` for what is no workbook, is too large, holds formulas, or lacks a sheet or a
    column.
    """
    if upload is None:
        raise refuse(FILE, 0, _("xin chọn tệp."))
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise refuse(FILE, 0, _("tệp quá lớn; bảng tính của một thủ tục chỉ vài chục kilobyte."))
    with TemporaryDirectory() as directory, translation.override("vi"):
        path = Path(directory) / FILE
        path.write_bytes(data)
        sheets = {fold(title): rows for title, rows in workbook_sheets(path).items()}
        problems: list[ValidationProblem] = []
        sent = _read_texts(sheets.get(fold(str(_TEXTS))), problems)
        for part in PARTS:
            sent |= _read_rows(sheets.get(fold(str(part.title))), part, problems)
    if problems:
        raise Refused(problems)
    return sent


def sentences(faults: Iterable[Fault]) -> list[str]:
    """The faults of a content by sheet, row and column."""
    found = []
    for fault in faults:
        sheet, column = label_of(fault.path)
        row = next((_("dòng thứ %(n)d") % {"n": one + 1} for one in fault.path if isinstance(one, int)), "")
        text = str(_(fault.message)) % {**fault.params, "key": column or fault.params.get("key", "")}
        found.append(f"{', '.join(filter(None, (str(sheet), row, str(column or ''))))}: {text}")
    return found


def _read_texts(rows: list[list[str]] | None, problems: list[ValidationProblem]) -> dict[str, str]:
    if rows is None:
        problems.append(ValidationProblem(FILE, 0, _missing(str(_TEXTS))))
        return {}
    said = {fold(row[0]): row[1] if len(row) > 1 else "" for row in rows[1:] if row}
    sent = {}
    for key, _title, fields in GROUPS:
        for field in fields:
            label = str(field.label)
            if fold(label) not in said:
                text = _("trang “%(sheet)s” thiếu mục “%(label)s”.")
                problems.append(ValidationProblem(FILE, 0, text % {"sheet": _TEXTS, "label": label}))
            sent[name_of(key, field)] = said.get(fold(label), "")
    return sent


def _read_rows(rows: list[list[str]] | None, part: Part, problems: list[ValidationProblem]) -> dict[str, str]:
    if not rows:
        problems.append(ValidationProblem(FILE, 0, _missing(str(part.title))))
        return {}
    places = {fold(cell): place for place, cell in enumerate(rows[0])}
    for field in part.fields:
        if fold(str(field.label)) not in places:
            text = _("trang “%(sheet)s” thiếu cột “%(label)s”.")
            names = {"sheet": part.title, "label": field.label}
            problems.append(ValidationProblem(FILE, 1, text % names))
    said = [row for row in rows[1:] if any(row)]
    sent = {f"{part.name}-TOTAL_FORMS": str(len(said)), f"{part.name}-INITIAL_FORMS": "0"}
    for number, row in enumerate(said):
        for field in part.fields:
            place = places.get(fold(str(field.label)), MOST_ROWS)
            cell = row[place].strip() if place < len(row) else ""
            sent[f"{part.name}-{number}-{field.name}"] = _typed(field, cell)
    return sent


def _cell(field: Field, value: Any) -> str:
    if field.kind is Kind.LINES:
        return "\n".join(value or ())
    if field.kind is Kind.FLAG:
        return str(_YES) if value else ""
    if field.choices:
        return str(dict(field.choices).get(value or "", "")) if value else ""
    return "" if value is None else str(value)


def _typed(field: Field, cell: str) -> str:
    """What the form takes for the cell; it refuses what is no number and no choice."""
    if field.kind is Kind.FLAG:
        return "" if fold(cell) in ("", "khong", "0", "false") else "on"
    return {fold(str(label)): value for value, label in field.choices}.get(fold(cell), cell)


def _missing(sheet: str) -> str:
    return _("không có trang tính “%(sheet)s”; hãy xuất tệp ở đây rồi sửa.") % {"sheet": sheet}
