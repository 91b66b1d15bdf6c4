"""CSV files as spreadsheets write them: commas or semicolons, comment rows, row numbers as the editor's."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _
from pydantic import ConfigDict, PrivateAttr

from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.spreadsheets import plain
from tenants.folder.readers.text_reader import MAX_BYTES, read_text
from tenants.text import tidy
from tenants.validation import Schema, keys_of, read_texts, shown, unknown_key

MAX_ROWS = 20_000


class _Place(NamedTuple):
    """A row of a file: the line on which it begins, and at which place, from 1, each column stands."""

    file: str
    line: int
    columns: Mapping[str, int]

    def problem(self, text: str, column: str = "", *, blocks: bool = True) -> ValidationProblem:
        return ValidationProblem(self.file, self.line, text, blocks, self.columns.get(column, 0), column)


class TableRow(Schema):
    """Base of the models of rows: a field for each column, without a default where a cell must be filled.

    A cell has at most 200 characters where its field says nothing else.
    """

    model_config = ConfigDict(str_max_length=200, use_enum_values=True)
    _place: _Place = PrivateAttr()

    @property
    def line(self) -> int:
        """The line on which the row begins."""
        return self._place.line

    def problem(self, text: str, column: str = "", *, blocks: bool = True) -> ValidationProblem:
        """A problem in this row, at the cell of a column."""
        return self._place.problem(text, column, blocks=blocks)


@dataclass(frozen=True, slots=True)
class Table[Row: TableRow]:
    """The sound rows of a file and what is wrong with the others."""

    rows: tuple[Row, ...]
    problems: tuple[ValidationProblem, ...]


def read_table[Row: TableRow](path: Path, model: type[Row], *, key: tuple[str, ...] = ()) -> Table[Row]:
    """Read a CSV file with a heading. Rows that begin with `#` are comments, empty rows are skipped.

    Cells are tidied (NFC, single spaces), without the apostrophe that keeps a spreadsheet from running them.
    Faults of single rows, also a `key` that occurs twice, are in the table's problems. Raises Refused when the
    file cannot be read as a table at all: see `read_text`; unknown, missing or repeated columns; broken quoting;
    too many rows.
    """
    records = _records(path)
    heading_line, heading = next(records, (1, []))
    names = [tidy(name).lower() for name in heading]
    _refuse_heading(path.name, heading_line, names, model)
    columns = {name: number for number, name in enumerate(names, start=1)}
    rows: list[Row] = []
    problems: list[ValidationProblem] = []
    first_lines: dict[tuple[object, ...], int] = {}
    for line, cells in records:
        place = _Place(path.name, line, columns)
        if len(cells) != len(names):
            numbers = {"found": len(cells), "expected": len(names)}
            text = _("có %(found)d ô, dòng tiêu đề có %(expected)d cột; xem lại dấu phẩy và dấu nháy kép.")
            problems.append(place.problem(text % numbers))
            continue
        texts = dict(zip(names, (plain(tidy(cell)) for cell in cells), strict=True))
        row, faults = read_texts(model, texts)
        found = [
            place.problem(_(one.message) % one.params, str(one.path[0]) if one.path else "") for one in faults
        ]
        values = tuple(getattr(row, name) if row else texts.get(name) for name in key)
        first = first_lines.setdefault(values, line) if key and all(values) else line
        if first != line:
            shown_key = {
                "key": ", ".join(key),
                "value": shown(", ".join(texts[name] for name in key)),
                "line": first,
            }
            found.append(place.problem(_("%(key)s “%(value)s” đã có ở dòng %(line)d.") % shown_key, key[0]))
        problems += found
        if row and not found:
            row._place = place
            rows.append(row)
    return Table(tuple(rows), tuple(problems))


def raw_records(path: Path, *, max_bytes: int = MAX_BYTES) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells as they stand) of each record that is not empty, also of comments.

    Raises Refused when the file cannot be read as a table at all, or has more than `max_bytes`.
    """
    text = read_text(path, max_bytes=max_bytes)
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    heading = lines[0] if lines else ""
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield line, cells
    except csv.Error as error:
        sentence = _("dấu nháy kép không khép lại, hoặc ô quá dài; xem từ dòng này trở xuống.")
        raise refuse(path.name, line, sentence) from error


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Those records that are no comments."""
    count = 0
    for line, cells in raw_records(path):
        if cells[0].startswith("#"):
            continue
        count += 1
        if count > MAX_ROWS:
            raise refuse(path.name, line, _("nhiều hơn %(most)d dòng.") % {"most": MAX_ROWS})
        yield line, cells


def _refuse_heading(file: str, line: int, names: list[str], model: type[TableRow]) -> None:
    known = keys_of(model)
    problems: list[ValidationProblem] = []
    for name in dict.fromkeys(names):
        texts = []
        if names.count(name) > 1:
            texts.append(_("cột “%(name)s” có hai lần.") % {"name": shown(name)})
        if name not in known:
            fault = unknown_key((name,), known)
            texts.append(_(fault.message) % fault.params)
        problems += [ValidationProblem(file, line, text, column=names.index(name) + 1) for text in texts]
    for name, field in model.model_fields.items():
        if field.is_required() and name not in names:
            problems.append(ValidationProblem(file, line, _("thiếu cột “%(name)s”.") % {"name": name}))
    if problems:
        raise Refused(problems)
