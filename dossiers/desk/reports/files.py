"""A report as a workbook, written row by row, and in print. In print the register is the statutory form itself."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from dossiers.desk.reports import tables
from dossiers.desk.reports.query import Asked, Kind
from dossiers.desk.reports.table import Cell, Row, Table, shown
from dossiers.lifecycle.desk.frame import forbid_caching
from dossiers.printing import contents, printing, typst_pool, wording
from tenants import clock
from tenants.folder.readers.spreadsheets import text_cell
from tenants.isolation.context import current_province
from tenants.organisation.models import Agency

MOST_WORKBOOK_ROWS = 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 4 * 1024 * 1024
HEADER_ROW = 5
FORMATS = {"day": "dd/mm/yyyy", "count": "#,##0", "percent": "0.00"}
_BOLD, _TITLE = Font(bold=True), Font(bold=True, size=14)
_HEAD = PatternFill("solid", fgColor="E6EAEF")
_LINE = Border(bottom=Side(style="thin", color="C4CAD1"))
_TOP, _NUMBER = Alignment(vertical="top", wrap_text=True), Alignment(vertical="top", horizontal="right")
_CENTRE = Alignment(vertical="center", horizontal="center", wrap_text=True)


def workbook(heading: Sequence[str], table: Table, name: str) -> tuple[FileResponse, int]:
    """The answer with a report as a workbook of this file name, and the number of its rows.

    Above the columns stands the heading: title, period and agency, who made it when. No cell can start a formula.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Báo cáo"))
    _lay_out(sheet, table)
    for line, font in zip(heading, (_TITLE, None, None), strict=True):
        cell = text_cell(sheet, line)
        if font:
            cell.font = font
        sheet.append([cell])
    sheet.append([])
    sheet.append([_header(sheet, str(column.title)) for column in table.columns])
    written = 0
    for row in table.rows:
        sheet.append(_cells(sheet, table, row.cells))
        written += 1
    if table.total is not None:
        cells = _cells(sheet, table, table.total.cells)
        for cell in cells:
            cell.font = _BOLD
        sheet.append(cells)
    _explain(book, table)
    # Ends with the response, which closes it.
    stream = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    book.save(stream)
    stream.seek(0)
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=XLSX)
    return forbid_caching(response), written


def _lay_out(sheet: Any, table: Table) -> None:
    """Widths, frozen header, and how it comes out of a printer."""
    for number, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width + 2
    sheet.row_dimensions[HEADER_ROW].height = 48
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.oddFooter.center.text = _("Trang &P/&N")


def _cells(sheet: Any, table: Table, cells: Sequence[Cell]) -> list[Any]:
    return [
        _cell(sheet, cell, FORMATS.get(column.kind))
        for column, cell in zip(table.columns, cells, strict=True)
    ]


def _cell(sheet: Any, value: Cell, number_format: str | None) -> Any:
    match value:
        case None | "":
            return WriteOnlyCell(sheet, None)
        case date() | int() | Decimal():
            cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # its stubs know fewer kinds
            cell.number_format = number_format or "General"
            cell.alignment = _NUMBER
            return cell
    cell = text_cell(sheet, value)
    cell.alignment = _TOP
    return cell


def _header(sheet: Any, title: str) -> Any:
    cell = text_cell(sheet, title)
    cell.font, cell.fill, cell.alignment, cell.border = _BOLD, _HEAD, _CENTRE, _LINE
    return cell


def _explain(book: Any, table: Table) -> None:
    """A second sheet explains the columns, so that sorting cannot mix the notes with the rows."""
    sheet = book.create_sheet(_("Cách tính"))
    sheet.column_dimensions["A"].width = 110
    for note in table.notes:
        cell = text_cell(sheet, str(note))
        cell.alignment = _TOP
        sheet.append([cell])


MOST_PDF_ROWS = 2000
UNBROKEN = 14
"""Letters that stand in a narrow column."""
FIXED = {"code": 31, "day": 16}
"""Widths of columns in mm; the others share the rest."""


def write_pdf(asked: Asked, heading: Sequence[str], table: Table) -> bytes:
    """The report as PDF. Raises typst_pool.TypesettingError: the province's template of the register is wrong."""
    if asked.kind is Kind.REGISTER:
        period = printing.Period(_heading_agency(asked), asked.first, asked.last)
        return printing.typeset_register(list(tables.registered(asked)), period, actor=asked.actor)
    at = clock.now()
    title, scope, made = heading
    agency = _heading_agency(asked)
    return typst_pool.render(
        _template(),
        {
            **contents.blank(agency, at),
            "title": title,
            "scope": scope,
            "made": made,
            "columns": [
                {
                    "title": wording.breakable(str(column.title), UNBROKEN),
                    "share": column.width,
                    "mm": FIXED.get(column.kind, 0),
                    "right": column.kind in ("count", "percent"),
                }
                for column in table.columns
            ],
            "rows": [_line(table, row) for row in table.rows],
            "total": _line(table, table.total) if table.total else [],
            "notes": [str(note) for note in table.notes],
            "official": asked.actor.get_full_name(),
        },
        at=at,
    )


def _line(table: Table, row: Row) -> list[str]:
    return [
        shown(cell) if column.kind in FIXED else wording.breakable(shown(cell), UNBROKEN)
        for column, cell in zip(table.columns, row.cells, strict=True)
    ]


def _heading_agency(asked: Asked) -> Agency:
    """The agency of the report; the province where no agency was chosen."""
    return asked.agency or Agency(name=current_province().name)


@cache
def _template() -> str:
    return Path(__file__).with_name("report.typ").read_text(encoding="utf-8")
