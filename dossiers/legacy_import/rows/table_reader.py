"""Reading the table of an old system, CSV or XLSX, row by row in bounded memory.

Encodings are recognised from the bytes; TCVN3 and VNI are refused by name.
"""

import codecs
import io
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.mapping_file import Mapping
from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.csv_reader import csv_records
from tenants.folder.readers.spreadsheets import Limits, open_workbook
from tenants.folder.readers.text_reader import TWICE_ENCODED
from tenants.text import fold, tidy
from tenants.validation import shown

_BLOCK = 1 << 20
_HEAD = 4096
# In Windows-1258 the tone follows its vowel as a mark of its own. In TCVN3 and VNI the same bytes are letters
# and stand anywhere, so text in those would show marks after consonants.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ANY_TONE = re.compile(f"[{_TONES}]")
_TONE_ON_VOWEL = re.compile(f"[aăâeêioôơuưyAĂÂEÊIOÔƠUƯY][{_TONES}]")
_WELL_PLACED = 0.99


class Encoding(NamedTuple):
    """What people call it, and the codec that reads it."""

    name: str
    codec: str


UTF_8 = Encoding("UTF-8", "utf-8")
WINDOWS_1258 = Encoding("Windows-1258", "cp1258")
_MARKS = {
    codecs.BOM_UTF8: Encoding("UTF-8 (BOM)", "utf-8-sig"),
    codecs.BOM_UTF16_LE: Encoding("UTF-16 LE (BOM)", "utf-16"),
    codecs.BOM_UTF16_BE: Encoding("UTF-16 BE (BOM)", "utf-16"),
}


def recognise(path: Path) -> Encoding:
    """The encoding of this file, after reading all of it. Windows-1258 comes with tone marks apart: compose
    them (NFC).

    Raises Refused for an encoding that is none of the above, for damaged text, and for text that was once
    opened in a wrong encoding and saved like that.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise refuse(path.name, 0, _("tệp trống."))
    certain = next((one for mark, one in _MARKS.items() if head.startswith(mark)), _utf_16_without_mark(head))
    for encoding in [certain] if certain else [UTF_8, WINDOWS_1258]:
        if _is_sound(path, encoding):
            return encoding
    if certain:
        text = _("tệp bị hỏng: không đọc hết được ở bảng mã %(encoding)s.") % {"encoding": certain.name}
    else:
        text = _(
            "không nhận ra bảng mã (không phải UTF-8, UTF-16 hay Windows-1258; có thể là TCVN3 hoặc VNI). "
            "Hãy chuyển sang Unicode và lưu dạng “CSV UTF-8”."
        )
    raise refuse(path.name, 0, text)


def _utf_16_without_mark(head: bytes) -> Encoding | None:
    """Plain letters, digits and separators fill every other byte with zero."""
    enough = len(head) // 8
    if len(head) >= 4 and head[1::2].count(0) > enough:
        return Encoding("UTF-16 LE", "utf-16-le")
    if len(head) >= 4 and head[0::2].count(0) > enough:
        return Encoding("UTF-16 BE", "utf-16-be")
    return None


def _is_sound(path: Path, encoding: Encoding) -> bool:
    """Whether the whole file can be read so; raises Refused for text that two encodings have spoilt."""
    sentence = _("chữ có dấu bị hỏng (“%(sample)s”) do mở sai bảng mã rồi lưu lại; hãy lấy lại bản gốc.")
    tones = well_placed = 0
    last = ""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                text = decoder.decode(block)
                if encoding is WINDOWS_1258:
                    tones += len(_ANY_TONE.findall(text))
                    well_placed += len(_TONE_ON_VOWEL.findall(last + text))
                    last = text[-1:]
                elif twice := TWICE_ENCODED.search(text):
                    raise refuse(path.name, 0, sentence % {"sample": twice.group()})
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return encoding is not WINDOWS_1258 or (tones > 0 and well_placed >= tones * _WELL_PLACED)


MOST_COLUMNS = 300
_HEADING_WITHIN = 20
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# An old system's years of dossiers in one sheet; a command reads it, and no page waits.
_LIMITS = Limits(
    unpacked=2 * 1024**3,
    ratio=200,
    parts=500,
    columns=MOST_COLUMNS,
    seconds=3600,
    memory=4 * 1024**3,
    output=8 * 1024**3,
)

_Numbered = Generator[tuple[int, Sequence[object], float]]
"""Rows with the number that a spreadsheet shows, and how much of the file was read with them, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row under the heading. `number` is what a spreadsheet shows beside it, `cells` what it holds by the
    mapping's fields, `whole` all it holds; `ragged`: a sentence where it has another number of cells than the heading."""

    number: int
    cells: dict[str, object]
    whole: Sequence[object] = ()
    ragged: str = ""


class Table:
    """An open file whose heading was found. Iterate it once.

    `kind` is XLSX, or the name of the encoding of a CSV; `heading` the cells of the row under which the table
    stands; `progress` how much of the file has been read, from 0 to 1.
    """

    def __init__(self, kind: str, rows: _Numbered, path: Path, mapping: Mapping) -> None:
        self.kind = kind
        self.progress = 0.0
        self.heading: Sequence[object] = ()
        self._rows = rows
        self._places = self._find_heading(path, mapping)

    def __iter__(self) -> Iterator[Row]:
        text = _("có %(found)d ô, dòng tiêu đề có %(expected)d cột; xem lại dấu ngăn cách và dấu nháy kép")
        width = len(self.heading)
        for number, cells, progress in self._rows:
            self.progress = progress
            if all(cell is None or cell == "" for cell in cells):
                continue
            # A sheet leaves empty cells at the end of a row out.
            is_ragged = self.kind != "XLSX" and len(cells) != width
            ragged = text % {"found": len(cells), "expected": width} if is_ragged else ""
            found = {
                field: cells[place] if place < len(cells) else None for field, place in self._places.items()
            }
            yield Row(number, found, cells, ragged)

    def _find_heading(self, path: Path, mapping: Mapping) -> dict[str, int]:
        wanted = {field: fold(name) for field, name in mapping.headings.items()}
        nearest, line = set(wanted), 1
        for number, cells, _progress in self._rows:
            names = [fold(tidy(str(cell))) if cell is not None else "" for cell in cells]
            missing = {field for field, name in wanted.items() if name not in names}
            if not missing:
                self.heading = cells
                twice = {name for name in mapping.headings.values() if names.count(fold(name)) > 1}
                texts = [_("cột “%(name)s” có hai lần.") % {"name": shown(name)} for name in sorted(twice)]
                if texts:
                    raise Refused(ValidationProblem(path.name, number, text) for text in texts)
                return {field: names.index(name) for field, name in wanted.items()}
            if len(missing) < len(nearest):
                nearest, line = missing, number
            if number >= _HEADING_WITHIN:
                break
        text = _("không có cột “%(name)s” (cho “%(field)s”).")
        raise Refused(
            ValidationProblem(
                path.name, line, text % {"name": shown(mapping.headings[field]), "field": field}
            )
            for field in sorted(nearest)
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
        kind, rows = "XLSX", _rows_of_sheet(path, mapping.sheet)
    else:
        encoding = recognise(path)
        kind, rows = encoding.name, _rows_of_csv(path, encoding)
    with closing(rows):
        yield Table(kind, rows, path, mapping)


def _rows_of_sheet(path: Path, name: str) -> _Numbered:
    with open_workbook(path, sheet=name, limits=_LIMITS) as (titles, rows):
        known = ", ".join(map(shown, titles))
        if name and name not in titles:
            text = _("không có trang tính “%(name)s”; các trang: %(known)s.")
            raise refuse(path.name, 0, text % {"name": shown(name), "known": known})
        if not name and len(titles) != 1:
            text = _("tệp có nhiều trang tính (%(known)s); hãy ghi mục “sheet” trong tệp ánh xạ.")
            raise refuse(path.name, 0, text % {"known": known})
        for row in rows:
            yield row.number, row.cells, min(1.0, row.number / max(1, row.declared))


def _rows_of_csv(path: Path, encoding: Encoding) -> _Numbered:
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding.codec, newline="")
        size = max(1, path.stat().st_size)
        for number, (_line, cells) in enumerate(csv_records(text, path.name), start=1):
            if len(cells) > MOST_COLUMNS:
                raise refuse(path.name, number, _("nhiều cột bất thường; không phải bảng hồ sơ."))
            yield number, cells, raw.tell() / size
