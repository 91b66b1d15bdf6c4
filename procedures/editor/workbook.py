"""A draft as a workbook: a sheet of texts, then one sheet for each part; headings are the labels of the form."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.editor.fields import GROUPS, PARTS, Field, Kind, Part, label_of, put_rows, rows_of, under
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


def read(upload: Any, code: str) -> dict[str, Any]:
    """Return what an uploaded workbook says, as a content to be checked; sheets are known by their titles.

    Raises `tenants.folder.problems.Refused` for what is no workbook, is too large, holds formulas, lacks a sheet or a
    column, or has a number that is none.
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
        content: dict[str, Any] = {"code": code, "english": {}, "source": {}}
        _read_texts(sheets.get(fold(str(_TEXTS))), content, problems)
        for part in PARTS:
            put_rows(content, part, _read_rows(sheets.get(fold(str(part.title))), part, problems))
    if problems:
        raise Refused(problems)
    return content


def sentences(faults: Iterable[Fault]) -> list[str]:
    """The faults of a content by sheet, row and column."""
    found = []
    for fault in faults:
        sheet, column = label_of(fault.path)
        row = next((_("dòng thứ %(n)d") % {"n": one + 1} for one in fault.path if isinstance(one, int)), "")
        text = str(_(fault.message)) % {**fault.params, "key": column or fault.params.get("key", "")}
        found.append(f"{', '.join(filter(None, (str(sheet), row, str(column or ''))))}: {text}")
    return found


def _read_texts(
    rows: list[list[str]] | None, content: dict[str, Any], problems: list[ValidationProblem]
) -> None:
    if rows is None:
        problems.append(ValidationProblem(FILE, 0, _missing(str(_TEXTS))))
        return
    said = {fold(row[0]): row[1] if len(row) > 1 else "" for row in rows[1:] if row}
    for key, _title, fields in GROUPS:
        for field in fields:
            label = str(field.label)
            if fold(label) not in said:
                text = _("trang “%(sheet)s” thiếu mục “%(label)s”.")
                problems.append(ValidationProblem(FILE, 0, text % {"sheet": _TEXTS, "label": label}))
                continue
            (content[key] if key else content)[field.name] = _value(field, said[fold(label)])


def _read_rows(
    rows: list[list[str]] | None, part: Part, problems: list[ValidationProblem]
) -> list[dict[str, Any]]:
    if not rows:
        problems.append(ValidationProblem(FILE, 0, _missing(str(part.title))))
        return []
    places = {fold(cell): place for place, cell in enumerate(rows[0])}
    for field in part.fields:
        if fold(str(field.label)) not in places:
            text = _("trang “%(sheet)s” thiếu cột “%(label)s”.")
            names = {"sheet": part.title, "label": field.label}
            problems.append(ValidationProblem(FILE, 1, text % names))
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {
            field: row[place]
            for field in part.fields
            if (place := places.get(fold(str(field.label)), MOST_ROWS)) < len(row)
        }
        if not any(cells.values()):
            continue
        try:
            found.append({field.name: _value(field, cells.get(field, "")) for field in part.fields})
        except ValueError as error:
            text = _("trang “%(sheet)s”: “%(value)s” không phải số hoặc lựa chọn có sẵn.")
            names = {"sheet": part.title, "value": str(error)[:60]}
            problems.append(ValidationProblem(FILE, number, text % names))
    return found


def _cell(field: Field, value: Any) -> str:
    if field.kind is Kind.LINES:
        return "\n".join(value or ())
    if field.kind is Kind.FLAG:
        return str(_YES) if value else ""
    if field.choices:
        return str(dict(field.choices).get(value or "", "")) if value else ""
    return "" if value is None else str(value)


def _value(field: Field, cell: str) -> Any:
    """What a cell says. Raises ValueError, with the cell, for what is no number or choice."""
    text = cell.strip()
    if field.kind is Kind.LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.kind is Kind.FLAG:
        return fold(text) not in ("", "khong", "0", "false")
    if field.kind is Kind.NUMBER:
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise ValueError(text)
        return int(text)
    if field.choices:
        labels = {fold(str(label)): value for value, label in field.choices} | {"": ""}
        if fold(text) not in labels:
            raise ValueError(text)
        return labels[fold(text)]
    return text


def _missing(sheet: str) -> str:
    return _("không có trang tính “%(sheet)s”; hãy xuất tệp ở đây rồi sửa.") % {"sheet": sheet}
