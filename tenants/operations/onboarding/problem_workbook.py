"""The problems of a province's folder as a workbook: its tables with each bad cell in colour.

A module of its own, since openpyxl is slow to import and few commands write a workbook.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.readers.csv_reader import raw_records

RED = PatternFill("solid", start_color="FFC7CE")
YELLOW = PatternFill("solid", start_color="FFEB9C")
AUTHOR = "Một Cửa"
WIDEST = 60
HEADING_ROWS = 1


def as_workbook(slug: str, problems: Sequence[ValidationProblem]) -> bytes:
    """The tables of the folder with each bad cell red (a remark yellow) and the fault as its comment; a first
    sheet lists all faults. A row of a sheet is the line of the file, so the two can be compared."""
    book = Workbook()
    listing = book.active
    assert isinstance(listing, Worksheet)
    listing.title = _("Chỗ phải sửa")
    sheets = {file: book.create_sheet(file[:31]) for file in _tables(slug)}
    for file, sheet in sheets.items():
        _fill(sheet, settings.PROVINCES_DIR / slug / file)
        _mark(sheet, [one for one in problems if one.file == file and one.line])
    _list(listing, problems, sheets)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _tables(slug: str) -> list[str]:
    folder: Path = settings.PROVINCES_DIR / slug
    return sorted(path.name for path in folder.glob("*.csv")) if folder.is_dir() else []


def _fill(sheet: Worksheet, path: Path) -> None:
    try:
        records = list(raw_records(path))
    except Refused:
        # What could not be read stands in the list.
        return
    for line, cells in records:
        for number, text in enumerate(cells, start=1):
            _write(sheet, line, number, text)
    for letter, width in _widths(sheet).items():
        sheet.column_dimensions[letter].width = width


def _write(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    """A cell of text: leading zeros stay, and nothing in it runs as a formula."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _widths(sheet: Worksheet) -> dict[str, float]:
    widths: dict[str, float] = {}
    for number, column in enumerate(sheet.iter_cols(), start=1):
        longest = max((len(str(cell.value or "")) for cell in column), default=0)
        widths[get_column_letter(number)] = min(max(longest + 2, 10), WIDEST)
    return widths


def _mark(sheet: Worksheet, problems: Sequence[ValidationProblem]) -> None:
    for (line, column), found in groupby(problems, key=lambda one: (one.line, one.column)):
        faults = list(found)
        fill = RED if blocking(faults) else YELLOW
        # A fault of the whole row colours all of its cells and speaks at the first.
        cells = [sheet.cell(line, column)] if column else list(sheet[line])
        for cell in cells:
            cell.fill = fill
        text = "\n".join(one.message for one in faults)
        present = cells[0].comment
        cells[0].comment = Comment(
            f"{present.text}\n{text}" if present else text, AUTHOR, height=120, width=320
        )


def _list(sheet: Worksheet, problems: Sequence[ValidationProblem], sheets: dict[str, Worksheet]) -> None:
    titles = (_("Tệp"), _("Dòng"), _("Cột"), _("Mức"), _("Phải sửa gì"))
    for number, title in enumerate(titles, start=1):
        _write(sheet, 1, number, title).font = Font(bold=True)
    for row, one in enumerate(problems, start=1 + HEADING_ROWS):
        level = _("phải sửa") if one.blocks else _("nên xem lại")
        column = get_column_letter(one.column) if one.column and one.file in sheets else str(one.column or "")
        for number, text in enumerate((one.file, str(one.line or ""), column, level, one.message), start=1):
            cell = _write(sheet, row, number, text)
            cell.alignment = Alignment(wrap_text=number == len(titles), vertical="top")
        if one.file in sheets and one.line:
            place = f"{get_column_letter(one.column or 1)}{one.line}"
            link = sheet.cell(row, 1)
            link.hyperlink = f"#'{sheets[one.file].title}'!{place}"
            link.font = Font(underline="single", color="0B5394")
        sheet.cell(row, 4).fill = RED if one.blocks else YELLOW
    for letter, width in zip("ABCDE", (22, 8, 8, 14, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
