"""The report that goes back to the makers of the file: one line for each remark, as a workbook."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from dossiers.legacy_import import expiry
from dossiers.legacy_import.rows.row_errors import NAMES, Findings, Severity
from tenants.folder.readers.spreadsheets import text_cell
from tenants.validation import shown

_WIDTHS = {"A": 10, "B": 14, "C": 30, "D": 36, "E": 100}
_LONGEST = 1000
_MOST_FILES = 1000

FaultyRow = tuple[int, Sequence[object]]
"""Its number and its cells."""


def write(path: Path, findings: Findings, summary: Iterable[tuple[str, str]]) -> None:
    """Write the report to `path`, readable by its owner only; in place at once or not at all.

    No cell can start a formula. Raises OSError.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Chi tiết"))
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    _write_heading(sheet, (_("Dòng"), _("Mức"), _("Cột"), _("Giá trị"), _("Lý do")))
    for one in findings:
        texts = (str(NAMES[one.severity]), one.column, one.value, one.reason)
        sheet.append([_cell(sheet, value) for value in (one.row or "", *texts)])
    if findings.left_out:
        text = _("còn %(count)d mục nữa không ghi ra đây.") % {"count": findings.left_out}
        sheet.append([None, None, None, None, _cell(sheet, text)])
    totals = book.create_sheet(_("Tóm tắt"))
    totals.column_dimensions["A"].width = 48
    totals.column_dimensions["B"].width = 40
    for line in summary:
        totals.append([_cell(totals, value) for value in line])
    _save(book, path)


def write_faulty(
    path: Path, sheet_name: str, heading: Sequence[object], rows: Iterable[FaultyRow], findings: Findings
) -> Path:
    """Write the rows that have errors, in the columns of their own file and with the reasons beside them, to be
    repaired and imported; as it is written, `path` or the next name after it under which nothing of a person lies.
    Like a report otherwise. It goes after a day, where nobody has changed it; see `expiry`.
    """
    reasons: dict[int, list[str]] = defaultdict(list)
    for one in findings:
        if one.severity is Severity.ERROR:
            reasons[one.row].append(f"{one.column}: {one.reason}" if one.column else one.reason)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name or None)
    reason = _("Lý do (tệp tự xóa sau một ngày nếu chưa ai sửa)")
    _write_heading(sheet, (*(cell or "" for cell in heading), reason))
    for number, cells in rows:
        padded = (*cells, *[None] * (len(heading) - len(cells)))
        sheet.append([_as_it_was(sheet, cell) for cell in (*padded, "; ".join(reasons[number]))])
    expiry.remove_untouched(path)
    # The rows of the last run may be under repair.
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    free = next(one for one in (path, *islice(names, _MOST_FILES)) if not one.exists()).resolve()
    _save(book, free)
    expiry.note(free)
    return free


def _save(book: Workbook, path: Path) -> None:
    # mkstemp's files are readable by their owner alone, and a half-written report is never seen.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", suffix=".xlsx", delete=False) as stream:
        try:
            book.save(stream)
            stream.close()
            os.replace(stream.name, path)
        except BaseException:
            os.unlink(stream.name)
            raise


def _write_heading(sheet: Any, titles: Iterable[object]) -> None:
    sheet.freeze_panes = "A2"
    sheet.append([text_cell(sheet, shown(title, _LONGEST), bold=True) for title in titles])


def _as_it_was(sheet: Any, value: object) -> Any:
    """A cell that reads as it did: dates and numbers stay what they are."""
    if value is None or isinstance(value, (int, float, datetime)):
        return WriteOnlyCell(sheet, value)
    return text_cell(sheet, str(value))


def _cell(sheet: Any, value: object) -> Any:
    return WriteOnlyCell(sheet, value) if isinstance(value, int) else text_cell(sheet, shown(value, _LONGEST))
