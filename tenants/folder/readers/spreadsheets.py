"""Tables that people open in a spreadsheet, and what they send back: no cell of ours can start a formula.

A cell that begins like one gets an apostrophe in front, which is dropped again on reading. Workbooks come from
strangers: a process of its own reads them (`workbook_reader`), a bad one costs a few seconds of that process alone;
formulas are refused, and reading stops at a row limit. A workbook of two megabytes can hold a row of 800,000 cells,
and its parser holds its process for a minute.
"""

import csv
import io
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from django.utils.translation import gettext as _

from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers import sealed

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

READER = Path(__file__).with_name("workbook_reader.py")
AT_ONCE = 2
_TIMES = {kind.__name__: kind for kind in (datetime, date, time)}
_turn = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be, in bytes and parts once unpacked and in times its own size; and what reading it may
    cost, in seconds (by the clock, and of a processor), bytes of memory and bytes of what was read."""

    unpacked: int = 64 * 1024**2
    ratio: int = 100
    parts: int = 200
    columns: int = 50
    seconds: float = 20
    memory: int = 1024**3
    output: int = 32 * 1024**2


USUAL = Limits()


class Formula(str):
    """What stands in a cell that is computed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row, its number counted from 1, of a sheet that says it has `declared` rows."""

    sheet: str
    declared: int
    number: int
    cells: tuple[object, ...]


@contextmanager
def open_workbook(
    path: Path, *, sheet: str | None = None, limits: Limits | None = None
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The titles of the sheets, and the rows of the sheet of this title, of the first one ("") or of all (None).

    Cells are texts, numbers, truth values, dates and times, and `Formula`. Raises Refused, also while rows are read,
    for what is no workbook, is unsafe to unpack or takes longer than its limits; a request waits for its turn when
    two workbooks are being read.
    """
    limits = limits or USUAL
    if not _turn.acquire(timeout=limits.seconds):
        raise refuse(path.name, 0, _("máy chủ đang bận đọc các tệp khác; xin gửi lại sau ít phút."))
    try:
        with path.open("rb") as stream:
            process = sealed.start(READER, json.dumps({"sheet": sheet, **asdict(limits)}), stdin=stream)
        deadline = threading.Timer(limits.seconds, process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            assert process.stdout is not None
            events = _events(path.name, process.stdout, limits)
            yield next(events)["titles"], _rows(events)
        finally:
            deadline.cancel()
            process.kill()
            process.communicate()
    finally:
        _turn.release()


def _events(name: str, output: IO[bytes], limits: Limits) -> Iterator[Any]:
    """What the process tells; a process that ends before it said so was stopped."""
    row = 0
    for line in output:
        # A line that was cut off by the end of the process.
        event: Any = json.loads(line) if line.endswith(b"\n") else {"refused": "complex", "row": row}
        if isinstance(event, list):
            row = event[0]
        elif "end" in event:
            return
        elif "refused" in event:
            _refuse(name, event["refused"], event["row"], limits)
        yield event
    _refuse(name, "complex", row, limits)


def _rows(events: Iterator[Any]) -> Iterator[Row]:
    title, declared = "", 0
    for event in events:
        if isinstance(event, dict):
            title, declared = event["sheet"], event["declared"]
        else:
            yield Row(title, declared, event[0], tuple(map(_cell, event[1])))


def _cell(value: Any) -> object:
    if not isinstance(value, list):
        return value
    kind, text = value
    return Formula(text) if kind == "formula" else _TIMES[kind].fromisoformat(text)


def _refuse(name: str, reason: str, row: int, limits: Limits) -> NoReturn:
    sentences = {
        "bloated": _("tệp Excel phình to bất thường khi giải nén; không mở."),
        "doctype": _("tệp Excel chứa khai báo XML không an toàn; không mở."),
        "strange": _("tệp không phải Excel .xlsx hoặc đã bị hỏng."),
        "unopened": _("không mở được tệp Excel; hãy lưu lại dạng .xlsx."),
        "broken": _("tệp Excel bị hỏng từ dòng %(row)d; hãy xuất lại tệp.") % {"row": row + 1},
        "wide": _("tệp Excel có dòng dài bất thường; hãy xóa các cột thừa rồi lưu lại."),
        "complex": _(
            "tệp Excel quá nặng, %(seconds)d giây chưa đọc xong; hãy xóa trang tính, dòng, cột thừa rồi lưu lại."
        )
        % {"seconds": limits.seconds},
    }
    raise refuse(name, row + 1 if reason == "broken" else 0, sentences[reason])


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
XLSX = b"PK\x03\x04"
MOST_ROWS = 20_000
MOST_FORMULAS = 50
"""So many are named one by one; then reading stops."""
LONGEST = 32_000
"""Characters of a text; a little under what a cell of Excel holds."""
_WIDTH = 24

Rows = Iterable[Mapping[str, str]]


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet runs, without characters that its file could not carry."""
    visible = _NOT_FOR_XML.sub("", cell)
    return f"'{visible}" if _is_formula(visible) else visible


def plain(cell: str) -> str:
    """What `safe` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)


def write_csv(stream: "SupportsWrite[str]", columns: Sequence[str], rows: Rows, line_end: str = "\n") -> int:
    """Write a heading and the rows, and return how many; cells cannot start a formula."""
    writer = csv.writer(stream, lineterminator=line_end)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([safe(row.get(column, "")) for column in columns])
        count += 1
    return count


def as_csv(columns: Sequence[str], rows: Rows) -> str:
    """The same with a byte order mark, so that spreadsheets read the letters."""
    stream = io.StringIO()
    write_csv(stream, columns, rows, line_end="\r\n")
    return f"\N{BYTE ORDER MARK}{stream.getvalue()}"


def as_sheets(sheets: Iterable[tuple[str, Sequence[str], Rows]]) -> bytes:
    """An .xlsx workbook of several sheets: title (may be empty), columns and rows of each; every cell is text."""
    from openpyxl import Workbook  # slow to import: here and below, where it is used

    book = Workbook(write_only=True)
    for title, columns, rows in sheets:
        cells = ([row.get(column, "") for column in columns] for row in rows)
        add_sheet(book, title, columns, cells, widths=[_WIDTH] * len(columns))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def add_sheet(
    book: Any,
    title: str,
    heading: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    widths: Sequence[float] = (),
) -> None:
    """A sheet under a heading that stays in sight. Numbers and dates stay what they are; no text starts a formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title or None)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if heading:
        sheet.freeze_panes = "A2"
        sheet.append([text_cell(sheet, name, bold=True) for name in heading])
    for row in rows:
        sheet.append(
            [
                WriteOnlyCell(sheet, cell)
                if cell is None or isinstance(cell, (int, float, datetime))
                else text_cell(sheet, str(cell))
                for cell in row
            ]
        )


def workbook_as_csv(path: Path) -> str:
    """The first sheet of a workbook as CSV, row for row, so that line numbers stay the editor's.

    Raises Refused for what is no workbook or unsafe to open, for too many rows, and, cell by cell, for formulas, of
    which the first fifty are named.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    with open_workbook(path, sheet="") as (_titles, read):
        rows = [row for _sheet, row in _safe_rows(path.name, read)]
    width = max((len(row) for row in rows), default=0)
    writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
    return stream.getvalue()


def workbook_sheets(path: Path) -> dict[str, list[list[str]]]:
    """The rows of every sheet by its title; a cell keeps its lines, and loses the apostrophe of `safe`.

    Raises Refused like `workbook_as_csv`.
    """
    with open_workbook(path) as (titles, read):
        found: dict[str, list[list[str]]] = {title: [] for title in titles}
        for sheet, row in _safe_rows(path.name, read, lines=True):
            found[sheet].append(list(map(plain, row)))
    return found


def _safe_rows(file: str, read: Iterable[Row], *, lines: bool = False) -> Iterator[tuple[str, list[str]]]:
    problems: list[ValidationProblem] = []
    headings: dict[str, list[str]] = {}
    for row in read:
        heading = headings.get(row.sheet, [])
        if row.number > MOST_ROWS:
            raise refuse(file, row.number, _("nhiều hơn %(most)d dòng.") % {"most": MOST_ROWS})
        for place, cell in enumerate(row.cells):
            if isinstance(cell, Formula):
                column = heading[place] if place < len(heading) else ""
                text = _("ô chứa công thức; hãy dán giá trị thay cho công thức.")
                problems.append(
                    ValidationProblem(file, row.number, text, column=place + 1, column_name=column)
                )
                if len(problems) >= MOST_FORMULAS:
                    text = _("đã thấy %(most)d ô chứa công thức nên dừng đọc; hãy dán giá trị cho cả tệp.")
                    rest = ValidationProblem(file, row.number, text % {"most": MOST_FORMULAS})
                    raise Refused([*problems, rest])
        texts = [cell if lines and isinstance(cell, str) else _text_of(cell) for cell in row.cells]
        while texts and not texts[-1]:
            texts.pop()
        headings[row.sheet] = heading or texts
        yield row.sheet, texts
    if problems:
        raise Refused(problems)


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split("\n"))


def text_cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """A cell of a write-only sheet that holds this text, as text, cut to what a cell holds."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, safe(text[:LONGEST]))
    # Without a type openpyxl takes one by the first letter.
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
