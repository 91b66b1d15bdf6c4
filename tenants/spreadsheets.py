"""Tables that people open in a spreadsheet, and what they send back: no cell of ours can start a formula.

A cell that begins like one gets an apostrophe in front, which is dropped again on reading. Workbooks come from
strangers: a workbook is a zip of XML, so its size is judged before anything is unpacked, document type
declarations and formulas are refused, and reading stops at a row limit.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tenants.onboarding.problems import Problem, Refused, refuse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
XLSX = b"PK\x03\x04"
MOST_ROWS = 20_000
LONGEST = 32_000
"""Characters of a text; a little under what a cell of Excel holds."""
_MOST_COLUMNS = 50
_SMALL = 1024 * 1024
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
    refuse_unsafe(path)
    problems: list[Problem] = []
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl answers damaged parts with whatever its parsers raise
        raise refuse(path.name, 0, _("không mở được tệp Excel; hãy lưu lại dạng .xlsx.")) from error
    try:
        rows = list(_rows(path.name, workbook.worksheets[0], problems))
    except (KeyError, ValueError, TypeError, SyntaxError, IndexError, zipfile.BadZipFile, OSError) as error:
        raise refuse(path.name, 0, _("tệp Excel bị hỏng giữa chừng; hãy xuất lại tệp.")) from error
    finally:
        workbook.close()
    if problems:
        raise Refused(problems)
    width = max((len(row) for row in rows), default=0)
    writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
    return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be: bytes and parts once unpacked, and how many times its own size."""

    unpacked: int = 64 * 1024 * 1024
    ratio: int = 100
    parts: int = 200


USUAL = Limits()


def refuse_unsafe(path: Path, limits: Limits = USUAL) -> None:
    """Raise Refused for a file that is no workbook, or one that is dangerous to unpack or to parse."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            bloated = unpacked > _SMALL and unpacked / packed > limits.ratio
            if len(parts) > limits.parts or unpacked > limits.unpacked or bloated:
                raise refuse(path.name, 0, _("tệp Excel phình to bất thường khi giải nén; không mở."))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        if b"<!DOCTYPE" in stream.read(4096).upper():
                            text = _("tệp Excel chứa khai báo XML không an toàn; không mở.")
                            raise refuse(path.name, 0, text)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise refuse(path.name, 0, _("tệp không phải Excel .xlsx hoặc đã bị hỏng.")) from error


def _rows(file: str, sheet: Any, problems: list[Problem]) -> Iterator[list[str]]:
    # The declared size of a sheet is not to be trusted; count what really comes.
    sheet.reset_dimensions()
    heading: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        if number > MOST_ROWS:
            raise refuse(file, number, _("nhiều hơn %(most)d dòng.") % {"most": MOST_ROWS})
        for place, cell in enumerate(cells):
            if cell.data_type == "f":
                column = heading[place] if place < len(heading) else ""
                text = _("ô chứa công thức; hãy dán giá trị thay cho công thức.")
                problems.append(Problem(file, number, text, column=place + 1, column_name=column))
        row = [_text_of(cell.value) for cell in cells]
        while row and not row[-1]:
            row.pop()
        heading = heading or row
        yield row


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
