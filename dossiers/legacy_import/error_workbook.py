"""Reports that go back to the makers of the file: a line for each remark, and the faulty rows to be repaired.

Faulty rows hold whole numbers of people: their workbook goes after a day, where nobody has changed it.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import Workbook

from dossiers.legacy_import.rows.records import Findings, Severity
from tenants import clock
from tenants.folder.readers.spreadsheets import add_sheet
from tenants.validation import shown

NOTES = "error-workbooks"
_LONGEST = 1000
_MOST_FILES = 1000

FaultyRow = tuple[int, Sequence[object]]
"""Its number and its cells."""


def write(path: Path, findings: Findings, summary: Iterable[tuple[str, str]]) -> None:
    """Write the report to `path`, readable by its owner only; in place at once or not at all.

    No cell can start a formula. Raises OSError.
    """
    rows: list[tuple[object, ...]] = [
        (
            one.row or "",
            str(one.severity.label),
            *(shown(text, _LONGEST) for text in (one.column, one.value, one.reason)),
        )
        for one in findings
    ]
    if findings.left_out:
        text = _("còn %(count)d mục nữa không ghi ra đây.") % {"count": findings.left_out}
        rows.append((None, None, None, None, text))
    book = Workbook(write_only=True)
    heading = (_("Dòng"), _("Mức"), _("Cột"), _("Giá trị"), _("Lý do"))
    add_sheet(book, _("Chi tiết"), heading, rows, widths=(10, 14, 30, 36, 100))
    add_sheet(book, _("Tóm tắt"), (), summary, widths=(48, 40))
    _save(book, path)


def write_faulty(
    path: Path, sheet_name: str, heading: Sequence[object], rows: Iterable[FaultyRow], findings: Findings
) -> Path:
    """Write the rows that have errors, in the columns of their own file and with the reasons beside them, to be
    repaired and imported; as it is written, `path` or the next name after it under which nothing of a person lies.
    Like a report otherwise.
    """
    reasons: dict[int, list[str]] = defaultdict(list)
    for one in findings:
        if one.severity is Severity.ERROR:
            reasons[one.row].append(f"{one.column}: {one.reason}" if one.column else one.reason)
    titles = [shown(cell or "", _LONGEST) for cell in heading]
    padded = (
        (*cells, *[None] * (len(heading) - len(cells)), "; ".join(reasons[number])) for number, cells in rows
    )
    book = Workbook(write_only=True)
    add_sheet(book, sheet_name, [*titles, _("Lý do (tệp tự xóa sau một ngày nếu chưa ai sửa)")], padded)
    remove_untouched(path)
    # The rows of the last run may be under repair.
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    free = next(one for one in (path, *islice(names, _MOST_FILES)) if not one.exists()).resolve()
    _save(book, free)
    place = Path(settings.DATA_DIR, NOTES, sha256(bytes(free)).hexdigest())
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.write_text(f"{free.stat().st_mtime_ns} {free}")
    return free


def remove_untouched(beside: Path | None = None) -> None:
    """Remove the faulty rows that nobody has changed: after a day, and at once under names made of `beside`."""
    for noted in Path(settings.DATA_DIR, NOTES).glob("*"):
        at, _space, name = noted.read_text().partition(" ")
        path, is_old = Path(name), clock.now().timestamp() - int(at) / 1e9 > 24 * 3600
        # Where this account cannot reach it, the next one may.
        with suppress(OSError):
            replaced = beside and str(path).startswith(str(beside.resolve().with_suffix("")))
            if path.stat().st_mtime_ns == int(at) and (is_old or replaced):
                path.unlink()
                noted.unlink()


def _save(book: Workbook, path: Path) -> None:
    # mkstemp's files are readable by their owner alone, and a half-written report is never seen.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", suffix=".xlsx", delete=False) as stream:
        try:
            book.save(stream)
            stream.close()
            os.replace(stream.name, path)
        except BaseException:
            os.unlink(stream.name)
            raise
