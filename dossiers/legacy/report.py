"""The report that goes back to whoever made the file: one line for each remark, as a workbook."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from dossiers.legacy.findings import NAMES, Findings
from tenants.onboarding.documents import shown
from tenants.spreadsheets import text_cell

_WIDTHS = {"A": 10, "B": 14, "C": 30, "D": 36, "E": 100}
_LONGEST = 1000


def write(path: Path, findings: Findings, summary: Iterable[tuple[str, str]]) -> None:
    """Write the report to `path`, readable by its owner only; in place at once or not at all.

    No cell can start a formula. Raises OSError.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Chi tiết"))
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.append(_cells(sheet, (_("Dòng"), _("Mức"), _("Cột"), _("Giá trị"), _("Lý do")), bold=True))
    for one in findings:
        row = one.row or ""
        sheet.append(_cells(sheet, (row, str(NAMES[one.severity]), one.column, one.value, one.reason)))
    if findings.left_out:
        text = _("còn %(count)d mục nữa không ghi ra đây.") % {"count": findings.left_out}
        sheet.append(_cells(sheet, ("", "", "", "", text)))
    totals = book.create_sheet(_("Tóm tắt"))
    totals.column_dimensions["A"].width = 48
    totals.column_dimensions["B"].width = 40
    for line in summary:
        totals.append(_cells(totals, line))
    # mkstemp's files are readable by their owner alone, and a half-written report is never seen.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", suffix=".xlsx", delete=False) as stream:
        try:
            book.save(stream)
            stream.close()
            os.replace(stream.name, path)
        except BaseException:
            os.unlink(stream.name)
            raise


def _cells(sheet: Any, values: Sequence[object], *, bold: bool = False) -> list[Any]:
    return [_cell(sheet, value, bold) for value in values]


def _cell(sheet: Any, value: object, bold: bool) -> Any:
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    cell = text_cell(sheet, shown(value, _LONGEST))
    if bold:
        cell.font = Font(bold=True)
    return cell
