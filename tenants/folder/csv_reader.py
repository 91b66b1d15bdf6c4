"""CSV files as spreadsheets write them: commas or semicolons, comment rows, row numbers as the editor's."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from django.utils.translation import gettext as _

from tenants.folder.problems import Problem, Refused, refuse
from tenants.folder.spreadsheets import plain
from tenants.folder.text_reader import read_text
from tenants.text import tidy
from tenants.validation import shown

MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have. `most` is the longest cell in characters."""

    name: str
    required: bool = False
    most: int = 200
    choices: tuple[str, ...] = ()
    """The words allowed in a cell that is not empty; any text when there are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, its tidied cells by column ("" where there is none), and at which
    place, from 1, each column stands."""

    file: str
    line: int
    cells: dict[str, str]
    places: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def problem(self, text: str, column: str = "", *, blocks: bool = True) -> Problem:
        """A problem in this row, at the cell of a column."""
        return Problem(self.file, self.line, text, blocks, self.places.get(column, 0), column)


@dataclass(frozen=True, slots=True)
class Table:
    """The sound rows of a file and what is wrong with the others."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_table(path: Path, columns: Iterable[Column], *, key: str = "") -> Table:
    """Read a CSV file with a heading. Rows that begin with `#` are comments, empty rows are skipped.

    Cells are tidied (NFC, single spaces), without the apostrophe that keeps a spreadsheet from running them.
    Faults of single rows, also a `key` that occurs twice, are in the table's problems. Raises Refused when the file cannot be read as a table at all: see `read_text`; unknown,
    missing or repeated columns; broken quoting; too many rows.
    """
    known = {column.name: column for column in columns}
    records = _records(path)
    heading_line, heading = next(records, (1, []))
    names = [tidy(name).lower() for name in heading]
    _refuse_heading(path.name, heading_line, names, known)
    places = {name: number for number, name in enumerate(names, start=1)}
    rows: list[Row] = []
    problems: list[Problem] = []
    first_lines: dict[str, int] = {}
    for line, cells in records:
        if len(cells) != len(names):
            numbers = {"found": len(cells), "expected": len(names)}
            text = _("có %(found)d ô, dòng tiêu đề có %(expected)d cột; xem lại dấu phẩy và dấu nháy kép.")
            problems.append(Problem(path.name, line, text % numbers))
            continue
        row = Row(
            path.name,
            line,
            dict.fromkeys(known, "") | dict(zip(names, (plain(tidy(cell)) for cell in cells), strict=True)),
            places,
        )
        found = list(_cell_problems(row, known.values()))
        first = first_lines.setdefault(row[key], line) if key and row[key] else line
        if first != line:
            names_of = {"key": key, "value": shown(row[key]), "line": first}
            found.append(row.problem(_("%(key)s “%(value)s” đã có ở dòng %(line)d.") % names_of, key))
        problems += found
        if not found:
            rows.append(row)
    return Table(tuple(rows), tuple(problems))


def raw_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells as they stand) of each record that is not empty, also of comments.

    Raises Refused when the file cannot be read as a table at all.
    """
    text = read_text(path)
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


def _refuse_heading(file: str, line: int, names: list[str], known: dict[str, Column]) -> None:
    problems: list[Problem] = []

    def report(text: str, place: int = 0) -> None:
        problems.append(Problem(file, line, text, column=place))

    for name in dict.fromkeys(names):
        place = names.index(name) + 1
        if names.count(name) > 1:
            report(_("cột “%(name)s” có hai lần.") % {"name": shown(name)}, place)
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            if nearest:
                report(
                    _("không có cột “%(name)s”; có phải “%(nearest)s”?")
                    % {"name": shown(name), "nearest": nearest[0]},
                    place,
                )
            else:
                choices = {"name": shown(name), "known": ", ".join(known)}
                report(_("không có cột “%(name)s”; các cột là: %(known)s.") % choices, place)
    for column in known.values():
        if column.required and column.name not in names:
            report(_("thiếu cột “%(name)s”.") % {"name": column.name})
    if problems:
        raise Refused(problems)


def _cell_problems(row: Row, columns: Iterable[Column]) -> Iterator[Problem]:
    for column in columns:
        cell = row[column.name]
        if column.required and not cell:
            yield row.problem(_("cột “%(name)s” bị trống.") % {"name": column.name}, column.name)
        elif len(cell) > column.most:
            yield row.problem(
                _("cột “%(name)s” dài quá %(most)d ký tự.") % {"name": column.name, "most": column.most},
                column.name,
            )
        elif cell and column.choices and cell not in column.choices:
            names = {"name": column.name, "value": shown(cell), "choices": ", ".join(column.choices)}
            yield row.problem(
                _("cột “%(name)s” là “%(value)s”; phải là một trong: %(choices)s.") % names, column.name
            )
