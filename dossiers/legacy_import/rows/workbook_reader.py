"""Rows of a sheet of an .xlsx workbook, streamed from the process that reads it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from tenants.folder.problems import refuse
from tenants.folder.workbooks import Limits, Row, open_workbook
from tenants.folder.yaml_reader import shown

# An old system's years of dossiers in one sheet; a command reads it, and no page waits.
LIMITS = Limits(
    unpacked=2 * 1024**3, ratio=200, parts=500, seconds=3600, memory=4 * 1024**3, output=8 * 1024**3
)


class Source(Protocol):
    """Numbered rows of cells, and how far they have been read."""

    may_be_short: bool

    @property
    def progress(self) -> float: ...

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]: ...


class _Sheet:
    may_be_short = True  # a sheet leaves empty cells at the end of a row out

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.progress = 0.0

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]:
        for row in self._rows:
            self.progress = min(1.0, row.number / max(1, row.declared))
            yield row.number, row.cells


@contextmanager
def open_sheet(path: Path, name: str, most_columns: int) -> Iterator[Source]:
    """The sheet of this name; without a name the only one. Raises Refused, also while rows are read."""
    limits = replace(LIMITS, columns=most_columns)
    with open_workbook(path, sheet=name, limits=limits) as (titles, rows):
        known = ", ".join(map(shown, titles))
        if name and name not in titles:
            text = _("không có trang tính “%(name)s”; các trang: %(known)s.")
            raise refuse(path.name, 0, text % {"name": shown(name), "known": known})
        if not name and len(titles) != 1:
            text = _("tệp có nhiều trang tính (%(known)s); hãy ghi mục “sheet” trong tệp ánh xạ.")
            raise refuse(path.name, 0, text % {"known": known})
        yield _Sheet(rows)
