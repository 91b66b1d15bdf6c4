"""Our own CSV: the shape of `data/national.csv`, and of what `catalogue export` writes.

Read: UTF-8 with or without a byte order mark, commas or semicolons. Other encodings are refused by
name, because reading them as UTF-8 would store mojibake.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from procedures.formats import base
from procedures.formats.base import CatalogueError, Problem, ProcedureRecord, Reading, Term
from procedures.formats.terms import read_term
from procedures.models import ProcedureKind
from tenants.folder.spreadsheets import plain, safe

SOURCE = "csv"
COLUMNS = (
    "code", "name", "sector", "issuer", "levels", "kind", "decision", "term_value", "term_unit", "term_note",
    "channels",
)  # fmt: skip
_REQUIRED = ("code", "name")
# Bytes of the five tone marks that Windows-1258 writes after a vowel, and of its "đ".
_WINDOWS_1258 = frozenset(b"\xcc\xd2\xde\xec\xf2\xf0\xd0\xf5\xfd")


class Writable(Protocol):
    """Anything text can be written to: a file, a command's output, a response."""

    def write(self, text: str, /) -> object: ...


def read(path: Path, source: str = SOURCE, source_note: str = "") -> Reading:
    """Return the procedures of a CSV file; row 1 is the heading.

    Raises :class:`CatalogueError` for another encoding, a missing or unknown column, or unusable rows.
    """
    text = decode(path.read_bytes())
    records: list[ProcedureRecord] = []
    problems: list[Problem] = []
    for row, cells in table(text, COLUMNS, _REQUIRED):
        record = _read_row(row, cells, source, source_note, problems)
        if record is not None:
            records.append(record)
    return base.finish(records, problems)


def decode(content: bytes) -> str:
    """Return the text of a UTF-8 file; raises :class:`CatalogueError` that names another encoding."""
    if len(content) > base.MAX_FILE_BYTES:
        raise CatalogueError(_("Tệp quá lớn, không phải danh mục thủ tục."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(content):
        raise CatalogueError(_("Tệp đang ở bảng mã UTF-16; hãy lưu lại dạng “CSV UTF-8”."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        named = _("Windows-1258") if _WINDOWS_1258 & set(content) else _("không rõ (có thể TCVN3 hoặc VNI)")
        message = _("Tệp không phải UTF-8; bảng mã: %(encoding)s. Hãy lưu lại dạng “CSV UTF-8”.")
        raise CatalogueError(message % {"encoding": named}) from error
    if "\x00" in text:
        raise CatalogueError(_("Tệp chứa ký tự NUL, không phải CSV; hãy xuất lại tệp."))
    return text


def _looks_like_utf16(content: bytes) -> bool:
    head = content[:4096]
    return len(head) > 3 and max(head[0::2].count(0), head[1::2].count(0)) > len(head) // 8


def table(text: str, columns: Iterable[str], required: Iterable[str]) -> Iterable[tuple[int, dict[str, str]]]:
    """Yield (row number, cells by column) of a CSV text with a heading; every known column is present.

    Columns the file does not have are absent from the cells. Raises :class:`CatalogueError` for columns
    that are unknown or missing, for ragged rows, and past the row limit.
    """
    first_line = text.split("\n", 1)[0]
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        unknown = [name for name in heading if name not in tuple(columns)]
        missing = [name for name in required if name not in heading]
        if missing:
            raise CatalogueError(_("Thiếu cột: %(columns)s.") % {"columns": ", ".join(missing)})
        if unknown or len(set(heading)) != len(heading):
            names = ", ".join(f"“{name[:40]}”" for name in unknown) or _("trùng tên")
            raise CatalogueError(_("Cột không dùng được: %(columns)s.") % {"columns": names})
        for row, cells in enumerate(reader, start=2):
            if row > base.MAX_ROWS:
                raise base.too_many_rows()
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(heading):
                problem = Problem(row, "", "", _("số ô không khớp với dòng tiêu đề"), fatal=True)
                raise CatalogueError(_("Tệp CSV hỏng ở dòng %(row)d.") % {"row": row}, [problem])
            yield row, {name: plain(cell) for name, cell in zip(heading, cells, strict=True)}
    except csv.Error as error:
        message = _("Tệp CSV hỏng gần dòng %(row)d (dấu nháy kép hoặc ô quá dài).")
        raise CatalogueError(message % {"row": reader.line_num}) from error


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
