"""All that is wrong with a province's folder, from every step, found without changing anything; and its reports."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tenants import clock
from tenants.folder.csv_reader import raw_records
from tenants.folder.folder import Folder, open_folder
from tenants.folder.manifest import FILE, Manifest
from tenants.folder.problems import Problem, Refused, blocking, in_order
from tenants.folder.steps import Step, steps
from tenants.isolation.context import public_context
from tenants.isolation.models import Domain, Province

_ALWAYS_ALLOWED = (FILE,)
RED = PatternFill("solid", start_color="FFC7CE")
YELLOW = PatternFill("solid", start_color="FFEB9C")
AUTHOR = "Một Cửa"
WIDEST = 60
HEADING_ROWS = 1


def validate_province(slug: str) -> list[Problem]:
    """All that is wrong with the folder of a province, in order of file and line. Changes nothing."""
    try:
        return faults_of(open_folder(slug), steps)
    except Refused as refusal:
        return list(refusal.problems)


def faults_of(folder: Folder, chosen: Iterable[Step]) -> list[Problem]:
    """What is wrong with the manifest and with the files of these steps."""
    problems = [*folder.problems, *_unread_files(folder), *_conflicts(folder.manifest)]
    for step in chosen:
        try:
            problems += step.validate(folder)
        except Refused as refusal:
            problems += refusal.problems
    return in_order(problems)


def _unread_files(folder: Folder) -> Iterator[Problem]:
    """A misspelt file name would otherwise be ignored in silence."""
    known = {*_ALWAYS_ALLOWED, *(file for step in steps for file in step.files)}
    for path in sorted(folder.path.iterdir()):
        if path.name in known or path.suffix == ".md" or path.name.startswith("."):
            continue
        yield Problem(path.name, 0, _("không bước nào đọc tệp này; xem lại tên tệp."), blocks=False)


def _conflicts(manifest: Manifest) -> Iterator[Problem]:
    """What another province of this installation has already."""
    document = manifest.document
    with public_context():
        taken_hosts = dict(
            Domain.objects.filter(domain__in=manifest.hosts)
            .exclude(tenant__schema_name=manifest.slug)
            .values_list("domain", "tenant__name")
        )
        others = list(Province.objects.exclude(schema_name=manifest.slug))
    for number, host in enumerate(manifest.hosts):
        if host in taken_hosts:
            names = {"host": host, "name": taken_hosts[host]}
            yield document.problem(_("tên miền %(host)s đang thuộc %(name)s.") % names, "hosts", number)
    for other in others:
        for code in manifest.agency_codes:
            if code and code in other.as_record("").agency_codes:
                place = "agency_code" if code == manifest.agency_code else "merged_from"
                names = {"code": code, "name": other.name}
                yield document.problem(_("mã %(code)s đang thuộc %(name)s.") % names, place)


def as_data(slug: str, problems: Sequence[Problem]) -> dict[str, Any]:
    """The faults for programs."""
    return {
        "province": slug,
        "valid": not blocking(problems),
        "blocking": len(blocking(problems)),
        "problems": [
            {
                "file": one.file,
                "row": one.line or None,
                "column": one.column or None,
                "blocks": one.blocks,
                "text": one.text,
            }
            for one in problems
        ],
    }


def as_page(slug: str, problems: Sequence[Problem]) -> str:
    """The faults as a page of its own, file by file. It shows no content of the files."""
    files = [(file, list(found)) for file, found in groupby(problems, key=lambda one: one.file)]
    context = {
        "slug": slug,
        "files": files,
        "blocking": len(blocking(problems)),
        "remarks": len(problems) - len(blocking(problems)),
        "moment": clock.now(),
    }
    return render_to_string("onboarding/faults.html", context)


def as_workbook(slug: str, problems: Sequence[Problem]) -> bytes:
    """The tables of the folder with each bad cell red (a remark yellow) and the fault as its comment; a first
    sheet lists all faults. A row of a sheet is the line of the file, so the two can be compared."""
    book = Workbook()
    listing = book.active
    assert isinstance(listing, Worksheet)
    listing.title = _("Chỗ phải sửa")
    sheets = {file: book.create_sheet(file[:31]) for file in _tables(slug)}
    for file, sheet in sheets.items():
        _fill(sheet, settings.PROVINCES_DIR / slug / file)
        _mark(sheet, [one for one in problems if one.file == file and one.line])
    _list(listing, problems, sheets)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _tables(slug: str) -> list[str]:
    folder: Path = settings.PROVINCES_DIR / slug
    return sorted(path.name for path in folder.glob("*.csv")) if folder.is_dir() else []


def _fill(sheet: Worksheet, path: Path) -> None:
    try:
        records = list(raw_records(path))
    except Refused:
        # What could not be read stands in the list.
        return
    for line, cells in records:
        for number, text in enumerate(cells, start=1):
            _write(sheet, line, number, text)
    for letter, width in _widths(sheet).items():
        sheet.column_dimensions[letter].width = width


def _write(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    """A cell of text: leading zeros stay, and nothing in it runs as a formula."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _widths(sheet: Worksheet) -> dict[str, float]:
    widths: dict[str, float] = {}
    for number, column in enumerate(sheet.iter_cols(), start=1):
        longest = max((len(str(cell.value or "")) for cell in column), default=0)
        widths[get_column_letter(number)] = min(max(longest + 2, 10), WIDEST)
    return widths


def _mark(sheet: Worksheet, problems: Sequence[Problem]) -> None:
    for (line, column), found in groupby(problems, key=lambda one: (one.line, one.column)):
        faults = list(found)
        fill = RED if blocking(faults) else YELLOW
        # A fault of the whole row colours all of its cells and speaks at the first.
        cells = [sheet.cell(line, column)] if column else list(sheet[line])
        for cell in cells:
            cell.fill = fill
        text = "\n".join(one.text for one in faults)
        present = cells[0].comment
        cells[0].comment = Comment(
            f"{present.text}\n{text}" if present else text, AUTHOR, height=120, width=320
        )


def _list(sheet: Worksheet, problems: Sequence[Problem], sheets: dict[str, Worksheet]) -> None:
    titles = (_("Tệp"), _("Dòng"), _("Cột"), _("Mức"), _("Phải sửa gì"))
    for number, title in enumerate(titles, start=1):
        _write(sheet, 1, number, title).font = Font(bold=True)
    for row, one in enumerate(problems, start=1 + HEADING_ROWS):
        level = _("phải sửa") if one.blocks else _("nên xem lại")
        column = get_column_letter(one.column) if one.column and one.file in sheets else str(one.column or "")
        for number, text in enumerate((one.file, str(one.line or ""), column, level, one.text), start=1):
            cell = _write(sheet, row, number, text)
            cell.alignment = Alignment(wrap_text=number == len(titles), vertical="top")
        if one.file in sheets and one.line:
            place = f"{get_column_letter(one.column or 1)}{one.line}"
            link = sheet.cell(row, 1)
            link.hyperlink = f"#'{sheets[one.file].title}'!{place}"
            link.font = Font(underline="single", color="0B5394")
        sheet.cell(row, 4).fill = RED if one.blocks else YELLOW
    for letter, width in zip("ABCDE", (22, 8, 8, 14, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
