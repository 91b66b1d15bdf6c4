"""The official list that an operator downloads: code, name, issuing body, performing body, sector.

The workbook is read by another process; formulas are refused, and reading stops at a row limit.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from procedures.catalogue.formats import base
from procedures.catalogue.formats.base import CatalogueError, Problem, ProcedureRecord, Reading
from procedures.catalogue.formats.portal_json import ISSUERS
from tenants.folder.problems import Refused
from tenants.folder.readers.spreadsheets import Formula, Row, open_workbook
from tenants.text import fold

SOURCE = "official"
_MAX_CELL = 32_767
_HEADER_WITHIN = 20

_HEADERS = {
    "code": ("ma so", "ma thu tuc", "ma tthc"),
    "name": ("ten", "ten thu tuc", "ten thu tuc hanh chinh", "ten tthc"),
    "issuer": ("co quan ban hanh",),
    "performer": ("co quan thuc hien",),
    "sector": ("linh vuc",),
    "decision": ("so quyet dinh", "quyet dinh cong bo"),
}


def read(path: Path) -> Reading:
    """Return the procedures of the first sheet that has the list's headings.

    Raises :class:`CatalogueError` for anything that is not such a workbook, or is unsafe to open.
    """
    try:
        with open_workbook(path) as (_titles, rows):
            for _sheet, group in groupby(rows, key=lambda row: row.sheet):
                reading = _read_sheet(group)
                if reading is not None:
                    return reading
    except Refused as refusal:
        raise CatalogueError(capfirst(refusal.problems[0].message)) from refusal
    raise CatalogueError(_("Không tìm thấy dòng tiêu đề có “Mã số” và “Tên” trong tệp Excel."))


def _read_sheet(rows: Iterable[Row]) -> Reading | None:
    places: dict[str, int] | None = None
    records: list[ProcedureRecord] = []
    problems: list[Problem] = []
    for row in rows:
        if row.number > base.MAX_ROWS:
            raise base.too_many_rows()
        if places is None:
            places = _places(row.cells)
            if places is None and row.number >= _HEADER_WITHIN:
                return None
            continue
        record = _read_row(row.number, row.cells, places, problems)
        if record is not None:
            records.append(record)
    return None if places is None else base.finish(records, problems)


def _places(cells: Sequence[object]) -> dict[str, int] | None:
    headings = [fold(str(cell)) if cell is not None else "" for cell in cells]
    places = {
        field: next(headings.index(name) for name in names if name in headings)
        for field, names in _HEADERS.items()
        if any(name in headings for name in names)
    }
    return places if {"code", "name"} <= places.keys() else None


def _read_row(
    row: int, cells: Sequence[object], places: dict[str, int], problems: list[Problem]
) -> ProcedureRecord | None:
    texts: dict[str, str] = {}
    for field, place in places.items():
        value = cells[place] if place < len(cells) else None
        column = _HEADERS[field][0]
        reason = ""
        if isinstance(value, Formula):
            reason = _("ô chứa công thức; hãy dán giá trị")
        elif field == "code" and isinstance(value, (int, float)):
            reason = _("ô mã đang là số nên mất chữ số 0; hãy định dạng cột là văn bản")
        elif value is not None and len(str(value)) > _MAX_CELL:
            reason = _("dài bất thường")
        if reason:
            problems.append(Problem(row, column, str(value)[:80], reason, fatal=True))
            return None
        try:
            text = "" if value is None else str(value)
            # A cell names several bodies one below the other.
            texts[field] = base.lines(text) if field == "performer" else base.one_line(text)
        except ValueError as error:
            problems.append(Problem(row, column, "", str(error), fatal=True))
            return None
    if not any(texts.values()):
        return None
    code = base.base_code(texts["code"])
    if not code or not texts["name"]:
        field = "name" if code else "code"
        reason = _("thiếu tên thủ tục") if code else _("mã thủ tục phải có dạng 1.000894")
        problems.append(Problem(row, _HEADERS[field][0], texts[field][:80], reason, code, fatal=True))
        return None
    issuer = texts.get("issuer")
    return ProcedureRecord(
        row=row,
        code=code,
        name=texts["name"],
        source=SOURCE,
        source_note=_("Danh sách thủ tục hành chính do cơ quan ban hành xuất"),
        sector=texts.get("sector"),
        issuer=None if issuer is None else ISSUERS.get(fold(issuer), issuer),
        # An empty performing body is a gap in the list, not a statement.
        performer=texts.get("performer") or None,
        decision=texts.get("decision"),
    )
