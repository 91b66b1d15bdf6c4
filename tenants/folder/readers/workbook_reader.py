"""The program that opens strangers' workbooks: a process of its own, without secrets, with little memory and time.

Run by `sealed`, with the file on its input; it imports nothing of the portal, which never imports it. A workbook is a
zip of XML, so its size is judged before anything is unpacked, and document type declarations are refused. On its output
stand lines of JSON: the titles of the sheets; for each sheet how many rows it says it has; its rows, numbered as a
spreadsheet does; `{"end": true}` or `{"refused": …}`. What is neither text, number nor truth stands as `[kind, text]`.
"""

import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

SMALL = 1024 * 1024
# No spreadsheet has more columns; its parser keeps a whole row and is slow with long ones.
MOST_CELLS = 16_384


class Refused(Exception):
    """The workbook cannot be read, and why, in one word."""


def events(stream: Any, asked: dict[str, Any]) -> Iterator[object]:
    """What goes to the output, line by line. `sheet`: its title, "" for the only one or None for all."""
    row = 0
    try:
        refuse_unsafe(stream, asked)
        workbook = opened(stream)
        titles = [sheet.title for sheet in workbook.worksheets]
        yield {"titles": titles}
        wanted = titles if asked["sheet"] is None else [asked["sheet"] or titles[0]]
        for sheet in (sheet for sheet in workbook.worksheets if sheet.title in wanted):
            yield {"sheet": sheet.title, "declared": sheet.max_row or 0}
            # The declared size is not to be trusted with what really comes.
            sheet.reset_dimensions()
            for row, cells in enumerate(sheet.iter_rows(max_col=asked["columns"]), start=1):
                values = [written(cell) for cell in cells]
                while values and values[-1] is None:
                    values.pop()
                yield [row, values]
    except Refused as refusal:
        yield {"refused": str(refusal), "row": row}
    except MemoryError:
        yield {"refused": "complex", "row": row}
    except Exception:  # openpyxl answers damaged parts with whatever its parsers raise
        yield {"refused": "broken", "row": row}
    else:
        yield {"end": True}


def refuse_unsafe(stream: Any, asked: dict[str, Any]) -> None:
    """Raise Refused for a file that is no workbook, or one that is dangerous to unpack or to parse."""
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            bloated = unpacked > SMALL and unpacked / packed > asked["ratio"]
            if len(parts) > asked["parts"] or unpacked > asked["unpacked"] or bloated:
                raise Refused("bloated")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as content:
                        if b"<!DOCTYPE" in content.read(4096).upper():
                            raise Refused("doctype")
                if part.filename.startswith("xl/worksheets/"):
                    with archive.open(part) as content:
                        refuse_wide(content)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refused("strange") from error


def refuse_wide(content: Any) -> None:
    """Raise Refused for a sheet with a row that no spreadsheet could have written."""
    cells, rest = 0, b""
    while chunk := content.read(SMALL):
        rows = (rest + chunk).split(b"<row")
        # A tag may be cut in two; the few bytes kept are read again.
        rest = rows[-1][-4:]
        for place, row in enumerate(rows):
            cells = row.count(b"<c") + (0 if place else cells)
            if cells > MOST_CELLS:
                raise Refused("wide")


def opened(stream: Any) -> Any:
    import openpyxl

    stream.seek(0)
    try:
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # the same
        raise Refused("unopened") from error
    if not workbook.worksheets:
        raise Refused("unopened")
    return workbook


def written(cell: Any) -> object:
    """A cell's value as JSON can carry it."""
    value = cell.value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if cell.data_type == "f":
        return ["formula", str(getattr(value, "text", value))]
    if isinstance(value, str):
        return value
    for kind in (datetime, date, time):
        if isinstance(value, kind):
            return [kind.__name__, value.isoformat()]
    return str(value)


def main(confine: Callable[[int, int], None], wanted: str) -> None:
    """Read the workbook on the input. `wanted`: a JSON object, `sheet` and the limits."""
    asked = json.loads(wanted)
    confine(int(asked["seconds"]) + 1, asked["memory"])
    left = asked["output"]
    for event in events(sys.stdin.buffer, asked):
        line = json.dumps(event).encode() + b"\n"
        # A shared text of 32,000 letters may stand in a million cells.
        left -= len(line)
        if left < 0:
            line = b'{"refused": "complex", "row": 0}\n'
        sys.stdout.buffer.write(line)
        if left < 0:
            break
    sys.stdout.buffer.flush()
