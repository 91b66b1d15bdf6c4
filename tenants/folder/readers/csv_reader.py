"""CSV files as spreadsheets write them: commas or semicolons, comment rows, row numbers as the editor's."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _
from pydantic import ConfigDict, PrivateAttr

from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.spreadsheets import plain
from tenants.folder.readers.text_reader import MAX_BYTES, read_text
from tenants.text import tidy
from tenants.validation import Schema, keys_of, read_texts, shown, unknown_key

MAX_ROWS = 20_000


class Place(NamedTuple):
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
    _place: Place = PrivateAttr()

    @property
    def line(self) -> int:
        return self._place.line

    def problem(self, text: str, column: str = "", *, blocks: bool = True) -> ValidationProblem:
        """A problem in this row, at the cell of a column."""
        return self._place.problem(text, column, blocks=blocks)


class Table[Row: TableRow](NamedTuple):
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
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    rows: list[Row] = []
    problems: list[ValidationProblem] = []
    first_lines: dict[tuple[object, ...], int] = {}
    for place, texts, ragged in rows_of(path, keys_of(model), required):
        if ragged:
            problems.append(ragged)
            continue
        row, faults = read_texts(model, texts)
        found = [
            place.problem(_(one.message) % one.params, str(one.path[0]) if one.path else "") for one in faults
        ]
        values = tuple(getattr(row, name) if row else texts.get(name) for name in key)
        first = first_lines.setdefault(values, place.line) if key and all(values) else place.line
        if first != place.line:
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


def rows_of(
    path: Path, known: Collection[str], required: Iterable[str], *, max_bytes: int = MAX_BYTES
) -> Iterator[tuple[Place, dict[str, str], ValidationProblem | None]]:
    """Each row under the heading: its place, its tidied cells by column, and a problem where their number is wrong.

    Raises Refused like `read_table`.
    """
    heading: list[str] | None = None
    count = 0
    for line, cells in raw_records(path, max_bytes=max_bytes):
        if cells[0].startswith("#"):
            continue
        count += 1
        if count > MAX_ROWS:
            raise refuse(path.name, line, _("nhiều hơn %(most)d dòng.") % {"most": MAX_ROWS})
        texts = [plain(tidy(cell)) for cell in cells]
        if heading is None:
            heading = [text.lower() for text in texts]
            _refuse_heading(path.name, line, heading, known, required)
            columns = {name: number for number, name in enumerate(heading, start=1)}
            continue
        place = Place(path.name, line, columns)
        if len(texts) == len(heading):
            yield place, dict(zip(heading, texts, strict=True)), None
            continue
        numbers = {"found": len(texts), "expected": len(heading)}
        text = _("có %(found)d ô, dòng tiêu đề có %(expected)d cột; xem lại dấu phẩy và dấu nháy kép.")
        yield place, {}, place.problem(text % numbers)
    if heading is None:
        _refuse_heading(path.name, 1, [], known, required)


def raw_records(path: Path, *, max_bytes: int = MAX_BYTES) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells as they stand) of each record that is not empty, also of comments.

    Raises Refused when the file cannot be read as a table at all, or has more than `max_bytes`.
    """
    text = io.StringIO(read_text(path, max_bytes=max_bytes), newline="")
    return ((line, cells) for line, cells in csv_records(text, path.name) if any(map(str.strip, cells)))


def csv_records(stream: TextIO, file: str) -> Iterator[tuple[int, list[str]]]:
    """The same of an open text, empty records too. Raises Refused for broken quoting."""
    lines = (line for line in stream if line.strip(" \r\n,;\t\ufeff") and not line.startswith("#"))
    heading = next(lines, "")
    stream.seek(0)
    reader = csv.reader(stream, delimiter=max(",;\t", key=heading.count), strict=True)
    line = 1
    try:
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            yield line, cells
    except csv.Error as error:
        sentence = _("dấu nháy kép không khép lại, hoặc ô quá dài; xem từ dòng này trở xuống.")
        raise refuse(file, line, sentence) from error


def _refuse_heading(
    file: str, line: int, names: list[str], known: Collection[str], required: Iterable[str]
) -> None:
    problems: list[ValidationProblem] = []
    for name in dict.fromkeys(names):
        texts = []
        if names.count(name) > 1:
            texts.append(_("cột “%(name)s” có hai lần.") % {"name": shown(name)})
        if name not in known:
            fault = unknown_key((name,), known)
            texts.append(_(fault.message) % fault.params)
        problems += [ValidationProblem(file, line, text, column=names.index(name) + 1) for text in texts]
    for name in required:
        if name not in names:
            problems.append(ValidationProblem(file, line, _("thiếu cột “%(name)s”.") % {"name": name}))
    if problems:
        raise Refused(problems)
