"""Reading the table of an old system, CSV or XLSX, row by row in bounded memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.encodings import LIMITS, Encoding, recognise
from dossiers.legacy_import.rows.mapping_file import Mapping
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.spreadsheets import Row as SheetRow
from tenants.folder.spreadsheets import open_workbook
from tenants.text import fold, tidy
from tenants.validation import shown


class Source(Protocol):
    """Numbered rows of cells, and how far they have been read."""

    may_be_short: bool

    @property
    def progress(self) -> float: ...

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]: ...


class _Sheet:
    may_be_short = True  # a sheet leaves empty cells at the end of a row out

    def __init__(self, rows: Iterator[SheetRow]) -> None:
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


MOST_COLUMNS = 300
_HEADING_WITHIN = 20
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A row under the heading. `number` is what a spreadsheet shows beside it, `cells` what it holds by the
    mapping's fields, `whole` all it holds; `ragged` says how many cells there are when there should be another
    number."""

    number: int
    cells: dict[str, object]
    whole: Sequence[object] = ()
    ragged: int = 0


class Table:
    """An open file whose heading was found. Iterate it once."""

    def __init__(self, kind: str, source: Source, path: Path, mapping: Mapping) -> None:
        self.kind = kind
        """What the file is: XLSX, or the name of the encoding of a CSV."""
        self._source = source
        self._rows = iter(source)
        self.heading: Sequence[object] = ()
        """The cells of the row under which the table stands."""
        self._places = self._find_heading(path, mapping)

    @property
    def width(self) -> int:
        return len(self.heading)

    @property
    def progress(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return self._source.progress

    def __iter__(self) -> Iterator[Row]:
        for number, cells in self._rows:
            if all(cell is None or cell == "" for cell in cells):
                continue
            ragged = 0 if self._source.may_be_short or len(cells) == self.width else len(cells)
            found = {
                field: cells[place] if place < len(cells) else None for field, place in self._places.items()
            }
            yield Row(number, found, cells, ragged)

    def _find_heading(self, path: Path, mapping: Mapping) -> dict[str, int]:
        """Places of the mapped columns by field, from the first row that has them all."""
        wanted = {field: fold(name) for field, name in mapping.headings.items()}
        best: tuple[int, int, set[str]] = (0, 1, set(wanted))
        for number, cells in self._rows:
            names = [fold(tidy(str(cell))) if cell is not None else "" for cell in cells]
            missing = {field for field, name in wanted.items() if name not in names}
            if not missing:
                self._refuse_twice(path, number, names, mapping)
                self.heading = cells
                return {field: names.index(name) for field, name in wanted.items()}
            if len(wanted) - len(missing) > best[0]:
                best = (len(wanted) - len(missing), number, missing)
            if number >= _HEADING_WITHIN:
                break
        raise Refused(
            ValidationProblem(
                path.name,
                best[1],
                _("không có cột “%(name)s” (cho “%(field)s”).")
                % {"name": shown(mapping.headings[field]), "field": field},
            )
            for field in sorted(best[2])
        )

    @staticmethod
    def _refuse_twice(path: Path, number: int, names: Sequence[str], mapping: Mapping) -> None:
        twice = sorted({name for name in mapping.headings.values() if names.count(fold(name)) > 1})
        if twice:
            raise Refused(
                ValidationProblem(path.name, number, _("cột “%(name)s” có hai lần.") % {"name": shown(name)})
                for name in twice
            )


@contextmanager
def open_table(path: Path, mapping: Mapping) -> Iterator[Table]:
    """Open a table and find its heading; raises Refused when it cannot be read as one.

    While rows are read, Refused may be raised as well: for quotes that do not close, or a damaged workbook.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_OLD_EXCEL))
    except OSError as error:
        raise refuse(path.name, 0, _("không mở được tệp; kiểm tra tên và quyền đọc.")) from error
    if head == _OLD_EXCEL:
        raise refuse(path.name, 0, _("tệp là Excel kiểu cũ (.xls); hãy lưu lại dạng .xlsx hoặc CSV."))
    if head == _ZIP:
        with open_sheet(path, mapping.sheet, MOST_COLUMNS) as sheet:
            yield Table("XLSX", sheet, path, mapping)
        return
    encoding = recognise(path)
    with path.open("rb") as raw:
        yield Table(encoding.name, _Csv(path, raw, encoding), path, mapping)


class _Csv:
    """Records of a CSV file, numbered from 1 as a spreadsheet would."""

    may_be_short = False

    def __init__(self, path: Path, raw: io.BufferedReader, encoding: Encoding) -> None:
        self._path = path
        self._raw = raw
        self._size = max(1, path.stat().st_size)
        self._text = io.TextIOWrapper(raw, encoding.codec, newline="")

    @property
    def progress(self) -> float:
        return self._raw.tell() / self._size

    def __iter__(self) -> Iterator[tuple[int, Sequence[object]]]:
        first = self._text.readline()
        while first and not first.strip(" \r\n,;\t\ufeff"):
            first = self._text.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        self._text.seek(0)
        number = 0
        try:
            for number, cells in enumerate(csv.reader(self._text, delimiter=delimiter, strict=True), start=1):
                if len(cells) > MOST_COLUMNS:
                    raise refuse(self._path.name, number, _("nhiều cột bất thường; không phải bảng hồ sơ."))
                yield number, cells
        except csv.Error as error:
            sentence = _("dấu nháy kép không khép lại, hoặc ô quá dài; xem từ dòng này trở xuống.")
            raise refuse(self._path.name, number + 1, sentence) from error
