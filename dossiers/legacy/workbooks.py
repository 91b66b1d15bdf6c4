"""Rows of a sheet of an .xlsx workbook, streamed.

A workbook is a zip of XML: its size is judged before anything is unpacked and document type declarations
are refused (openpyxl parses with defusedxml besides).
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import openpyxl
from django.utils.translation import gettext as _

from tenants.onboarding.documents import shown
from tenants.onboarding.problems import refuse
from tenants.spreadsheets import Limits, refuse_unsafe

# An old system's years of dossiers in one sheet.
LIMITS = Limits(unpacked=2 * 1024**3, ratio=200, parts=500)


class Source(Protocol):
    """Numbered rows of cells, and how far they have been read."""

    may_be_short: bool

    @property
    def progress(self) -> float: ...

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]: ...


class _Sheet:
    may_be_short = True  # a sheet leaves empty cells at the end of a row out

    def __init__(self, path: Path, sheet: Any, most_columns: int) -> None:
        self._path = path
        self._sheet = sheet
        self._most_columns = most_columns
        self._declared = max(1, sheet.max_row or 1)
        self._read = 0

    @property
    def progress(self) -> float:
        return min(1.0, self._read / self._declared)

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]:
        # The declared size is not to be trusted with what really comes.
        self._sheet.reset_dimensions()
        rows = self._sheet.iter_rows(max_col=self._most_columns, values_only=True)
        try:
            for number, cells in enumerate(rows, start=1):
                self._read = number
                yield number, cells
        except (KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile, OSError, EOFError) as error:
            text = _("tệp Excel bị hỏng từ dòng này; hãy xuất lại tệp.")
            raise refuse(self._path.name, self._read + 1, text) from error


@contextmanager
def open_sheet(path: Path, name: str, most_columns: int) -> Iterator[Source]:
    """The sheet of this name; without a name the only one. Raises Refused."""
    refuse_unsafe(path, LIMITS)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl answers damaged parts with whatever its parsers raise
        raise refuse(path.name, 0, _("không mở được tệp Excel; hãy lưu lại dạng .xlsx.")) from error
    try:
        sheets = {sheet.title: sheet for sheet in workbook.worksheets}
        known = ", ".join(shown(title) for title in sheets)
        if name and name not in sheets:
            text = _("không có trang tính “%(name)s”; các trang: %(known)s.")
            raise refuse(path.name, 0, text % {"name": shown(name), "known": known})
        if not name and len(sheets) != 1:
            text = _("tệp có nhiều trang tính (%(known)s); hãy ghi mục “sheet” trong tệp ánh xạ.")
            raise refuse(path.name, 0, text % {"known": known})
        yield _Sheet(path, sheets[name] if name else workbook.worksheets[0], most_columns)
    finally:
        workbook.close()
