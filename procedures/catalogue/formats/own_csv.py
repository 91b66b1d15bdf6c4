"""Our own CSV: the shape of `data/national.csv`, and of what `catalogue export` writes.

Read like the tables of a province's folder: UTF-8 with or without a byte order mark, commas or semicolons. Other
encodings are refused by name, because reading them as UTF-8 would store mojibake.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from procedures.catalogue.formats import base
from procedures.catalogue.formats.base import CatalogueError, Problem, ProcedureRecord, Reading, Term
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.models import ProcedureKind
from tenants.folder.problems import Refused
from tenants.folder.readers.csv_reader import rows_of

SOURCE = "csv"
COLUMNS = (
    "code", "name", "sector", "issuer", "levels", "kind", "decision", "term_value", "term_unit", "term_note",
    "channels",
)  # fmt: skip
_REQUIRED = ("code", "name")


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

    Columns the file does not have are absent from the cells. Raises :class:`CatalogueError` for what
    `csv_reader.rows_of` refuses, and for ragged rows.
    """
    try:
        for place, texts, ragged in rows_of(path, columns, required, max_bytes=base.MAX_FILE_BYTES):
            if ragged:
                raise Refused([ragged])
            yield place.line, texts
    except Refused as refusal:
        faults = [Problem(one.line, "", "", one.message, fatal=True) for one in refusal.problems if one.line]
        first = refusal.problems[0]
        message = _("Dòng %(row)d: %(reason)s") if first.line else "%(reason)s"
        raise CatalogueError(
            capfirst(message % {"row": first.line, "reason": first.message}), faults
        ) from refusal


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
