"""Workbooks that strangers send, read by a process of its own: a bad one costs a few seconds of that process alone.

A workbook of two megabytes can hold a row of 800,000 cells, and its parser holds whoever runs it for a minute.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _

from tenants.folder.problems import refuse

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
            process = subprocess.Popen(  # noqa: S603 - our own program; the file comes on its input
                [
                    sys.executable,
                    "-I",
                    "-W",
                    "ignore",
                    str(READER),
                    json.dumps({"sheet": sheet, **asdict(limits)}),
                ],
                stdin=stream,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
            )
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
