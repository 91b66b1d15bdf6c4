"""The problems of a province's folder as a workbook: its tables with each bad cell in colour.

A module of its own, since openpyxl is slow to import and few commands write a workbook.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from tenants.folder.problems import Refused, ValidationProblem, blocking
from tenants.folder.readers.csv_reader import raw_records

RED = PatternFill("solid", start_color="FFC7CE")
YELLOW = PatternFill("solid", start_color="FFEB9C")
AUTHOR = "Một Cửa"
WIDEST = 60


def as_workbook(slug: str, problems: Sequence[ValidationProblem]) -> bytes:
    """The tables of the folder with each bad cell red (a remark yellow) and the fault as its comment; a first
    sheet lists all faults. A row of a sheet is the line of the file, so the two can be compared."""
    book = Workbook(write_only=True)
    files = sorted((settings.PROVINCES_DIR / slug).glob("*.csv"))
    _list(book.create_sheet(_("Chỗ phải sửa")), problems, [path.name for path in files])
    for path in files:
        _table(book.create_sheet(path.name[:31]), path, [one for one in problems if one.file == path.name])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _table(sheet: Any, path: Path, problems: Sequence[ValidationProblem]) -> None:
    try:
        records = dict(raw_records(path))
    except Refused:
        # What could not be read stands in the list.
        return
    for number, column in enumerate(zip_longest(*records.values(), fillvalue=""), start=1):
        width = min(max(max(map(len, column)) + 2, 10), WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width
    found = {line: list(faults) for line, faults in groupby(problems, key=lambda one: one.line)}
    for line in range(1, max(records, default=0) + 1):
        cells = _row(sheet, line, records.get(line, ()))
        for place, faults in groupby(found.get(line, ()), key=lambda one: one.column):
            # A fault of the whole row colours all of its cells and speaks at the first.
            found_here = list(faults)
            bad = cells[place - 1 : place] if place else cells
            for cell in bad:
                cell.fill = RED if blocking(found_here) else YELLOW
            for cell in bad[:1]:
                before = [cell.comment.text] if cell.comment else []
                text = "\n".join([*before, *(one.message for one in found_here)])
                cell.comment = Comment(text, AUTHOR, height=120, width=320)
        sheet.append(cells)


def _row(sheet: Any, line: int, texts: Sequence[str]) -> list[Cell]:
    """Cells of text: leading zeros stay, and nothing in them runs as a formula."""
    cells = [Cell(sheet, row=line, column=number, value=text) for number, text in enumerate(texts, start=1)]
    for cell in cells:
        cell.data_type, cell.number_format = "s", "@"
    return cells


def _list(sheet: Any, problems: Sequence[ValidationProblem], tables: Sequence[str]) -> None:
    for letter, width in zip("ABCDE", (22, 8, 8, 14, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    titles = _row(sheet, 1, (_("Tệp"), _("Dòng"), _("Cột"), _("Mức"), _("Phải sửa gì")))
    for cell in titles:
        cell.font = Font(bold=True)
    sheet.append(titles)
    for row, one in enumerate(problems, start=2):
        level = _("phải sửa") if one.blocks else _("nên xem lại")
        column = get_column_letter(one.column) if one.column and one.file in tables else str(one.column or "")
        cells = _row(sheet, row, (one.file, str(one.line or ""), column, level, one.message))
        for cell in cells:
            cell.alignment = Alignment(wrap_text=cell is cells[-1], vertical="top")
        if one.file in tables and one.line:
            cells[0].hyperlink = f"#'{one.file[:31]}'!{get_column_letter(one.column or 1)}{one.line}"
            cells[0].font = Font(underline="single", color="0B5394")
        cells[3].fill = RED if one.blocks else YELLOW
        sheet.append(cells)
