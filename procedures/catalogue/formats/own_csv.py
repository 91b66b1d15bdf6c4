"""Our own CSV: the shape of `data/national.csv`, and of what `catalogue export` writes.

Read like the tables of a province's folder: UTF-8 with or without a byte order mark, commas or semicolons. Other
encodings are refused by name, because reading them as UTF-8 would store mojibake.
"""

import csv
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from procedures.catalogue.formats import base
from procedures.catalogue.formats.base import CatalogueError, Problem, ProcedureRecord, Reading, Term
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.models import ProcedureKind
from tenants.folder.problems import Refused
from tenants.folder.readers.csv_reader import raw_records
from tenants.folder.readers.spreadsheets import plain, safe

SOURCE = "csv"
COLUMNS = (
    "code", "name", "sector", "issuer", "levels", "kind", "decision", "term_value", "term_unit", "term_note",
    "channels",
)  # fmt: skip
_REQUIRED = ("code", "name")


class Writable(Protocol):
    """Anything text can be written to: a file, a command's output, a response."""

    def write(self, text: str, /) -> object: ...


def read(path: Path, source: str = SOURCE, source_note: str = "") -> Reading:
    """Return the procedures of a CSV file; row 1 is the heading.

    Raises :class:`CatalogueError` for another encoding, a missing or unknown column, or unusable rows.
    """
    records: list[ProcedureRecord] = []
    problems: list[Problem] = []
    for row, cells in table(path, COLUMNS, _REQUIRED):
        record = _read_row(row, cells, source, source_note, problems)
        if record is not None:
            records.append(record)
    return base.finish(records, problems)


def table(
    path: Path, columns: Collection[str], required: Iterable[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line on which it begins, cells by column) of each row of a CSV file with a heading.

    Columns the file does not have are absent from the cells. Raises :class:`CatalogueError` for a file that is no
    table of UTF-8 text, for columns that are unknown or missing, for ragged rows, and past the row limit.
    """
    try:
        rows = list(islice(raw_records(path, max_bytes=base.MAX_FILE_BYTES), base.MAX_ROWS + 1))
    except Refused as refusal:
        (fault,) = refusal.problems
        problems = [Problem(fault.line, "", "", fault.message, fatal=True)] if fault.line else []
        raise CatalogueError(capfirst(fault.message), problems) from refusal
    if len(rows) > base.MAX_ROWS:
        raise base.too_many_rows()
    heading = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    unknown = [name for name in heading if name not in columns]
    missing = [name for name in required if name not in heading]
    if missing:
        raise CatalogueError(_("Thiếu cột: %(columns)s.") % {"columns": ", ".join(missing)})
    if unknown or len(set(heading)) != len(heading):
        names = ", ".join(f"“{name[:40]}”" for name in unknown) or _("trùng tên")
        raise CatalogueError(_("Cột không dùng được: %(columns)s.") % {"columns": names})
    for row, cells in rows[1:]:
        if len(cells) != len(heading):
            problem = Problem(row, "", "", _("số ô không khớp với dòng tiêu đề"), fatal=True)
            raise CatalogueError(_("Tệp CSV hỏng ở dòng %(row)d.") % {"row": row}, [problem])
        yield row, {name: plain(cell) for name, cell in zip(heading, cells, strict=True)}


def _read_row(
    row: int, cells: dict[str, str], source: str, source_note: str, problems: list[Problem]
) -> ProcedureRecord | None:
    code = base.base_code(cells["code"])
    found: list[Problem] = []

    def report(column: str, value: str, reason: str, *, fatal: bool = False) -> None:
        found.append(Problem(row, column, value[:80], reason, code, fatal))

    texts = {}
    for column, cell in cells.items():
        try:
            texts[column] = base.one_line(cell)
        except ValueError as error:
            report(column, "", str(error), fatal=True)
            texts[column] = ""
    if not code:
        report("code", texts["code"], _("mã thủ tục phải có dạng 1.000894"), fatal=True)
    if not texts["name"] or len(texts["name"]) > base.MAX_NAME:
        report("name", texts["name"], _("thiếu tên thủ tục hoặc tên dài bất thường"), fatal=True)
    kind = texts.get("kind", "")
    if kind and kind not in ProcedureKind:
        report("kind", kind, _("loại không hiểu được"), fatal=True)
    if any(problem.fatal for problem in found):
        problems.extend(found)
        return None

    def choices(column: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
        if column not in texts:
            return None
        given = [part.strip() for part in texts[column].split("|") if part.strip()]
        for part in given:
            if part not in known:
                report(column, part, _("giá trị không hiểu được; để trống"))
        return tuple(choice for choice in known if choice in given)

    levels, channels = choices("levels", base.LEVELS), choices("channels", base.CHANNELS)
    term: Term | None = None
    if "term_value" in texts or "term_unit" in texts:
        pair = (texts.get("term_value", ""), texts.get("term_unit", ""))
        term, term_problems = read_term(row, code, ("term_value", "term_unit"), [pair])
        found.extend(term_problems)
        if not term.unit:
            term = Term(note=texts.get("term_note", ""))
    return ProcedureRecord(
        row=row,
        code=code,
        name=texts["name"],
        source=source,
        source_note=source_note or _("Tệp CSV của đơn vị vận hành"),
        sector=texts.get("sector"),
        issuer=texts.get("issuer"),
        levels=levels,
        kind=ProcedureKind(kind) if kind else None,
        decision=texts.get("decision"),
        term=term,
        channels=channels,
        problems=tuple(found),
    )


def write(stream: Writable, rows: Iterable[dict[str, str]]) -> int:
    """Write rows of :data:`COLUMNS` as CSV and return how many; cells cannot start a formula."""
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in rows:
        writer.writerow({column: safe(cell) for column, cell in row.items()})
        count += 1
    return count
