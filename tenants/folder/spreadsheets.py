"""Tables that people open in a spreadsheet, and what they send back: no cell of ours can start a formula.

A cell that begins like one gets an apostrophe in front, which is dropped again on reading. Workbooks come from
strangers: another process reads them (`workbooks`), formulas are refused, and reading stops at a row limit.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tenants.folder.problems import Problem, Refused, refuse
from tenants.folder.workbooks import Formula, Row, open_workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
XLSX = b"PK\x03\x04"
MOST_ROWS = 20_000
LONGEST = 32_000
"""Characters of a text; a little under what a cell of Excel holds."""
_WIDTH = 24

Rows = Iterable[Mapping[str, str]]


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet runs, without characters that its file could not carry."""
    visible = _NOT_FOR_XML.sub("", cell)
    return f"'{visible}" if _is_formula(visible) else visible


def plain(cell: str) -> str:
    """What `safe` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)


def as_csv(columns: Sequence[str], rows: Rows) -> str:
    """A heading and the rows; with a byte order mark, so that spreadsheets read the letters."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: safe(row.get(column, "")) for column in columns})
    return f"\N{BYTE ORDER MARK}{stream.getvalue()}"


def as_workbook(columns: Sequence[str], rows: Rows) -> bytes:
    """The same as an .xlsx workbook of one sheet; every cell is text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place in range(len(columns)):
        sheet.column_dimensions[get_column_letter(place + 1)].width = _WIDTH
    sheet.append([text_cell(sheet, column, bold=True) for column in columns])
    for row in rows:
        sheet.append([text_cell(sheet, row.get(column, "")) for column in columns])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def workbook_as_csv(path: Path) -> str:
    """The first sheet of a workbook as CSV, row for row, so that line numbers stay the editor's.

    Raises Refused for what is no workbook or unsafe to open, for too many rows, and, cell by cell, for formulas.
    """
    problems: list[Problem] = []
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    with open_workbook(path, sheet="") as (_titles, read):
        rows = list(_rows(path.name, read, problems))
    if problems:
        raise Refused(problems)
    width = max((len(row) for row in rows), default=0)
    writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
    return stream.getvalue()


def _rows(file: str, read: Iterable[Row], problems: list[Problem]) -> Iterator[list[str]]:
    heading: list[str] = []
    for row in read:
        if row.number > MOST_ROWS:
            raise refuse(file, row.number, _("nhiều hơn %(most)d dòng.") % {"most": MOST_ROWS})
        for place, cell in enumerate(row.cells):
            if isinstance(cell, Formula):
                column = heading[place] if place < len(heading) else ""
                text = _("ô chứa công thức; hãy dán giá trị thay cho công thức.")
                problems.append(Problem(file, row.number, text, column=place + 1, column_name=column))
        texts = [_text_of(cell) for cell in row.cells]
        while texts and not texts[-1]:
            texts.pop()
        heading = heading or texts
        yield texts


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split("\n"))


def text_cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """A cell of a write-only sheet that holds this text, as text, cut to what a cell holds."""
    cell = WriteOnlyCell(sheet, safe(text[:LONGEST]))
    # Without a type openpyxl takes one by the first letter.
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
