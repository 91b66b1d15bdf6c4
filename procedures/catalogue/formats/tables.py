"""Lists in tables: the official workbook that an operator downloads, and our own CSV.

The workbook has code, name, issuing body, performing body and sector; another process reads it. Our CSV has the shape
of `data/national.csv`, and of what `catalogue export` writes. It is read like the tables of a province's folder: UTF-8
with or without a byte order mark, commas or semicolons. Other encodings are refused by name, because reading them as
UTF-8 would store mojibake.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.formats import base
from procedures.catalogue.formats.base import CatalogueError, Problem, ProcedureRecord, Reading, Term
from procedures.catalogue.formats.portal_json import ISSUERS
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.models import ProcedureKind
from tenants.folder.problems import Refused
from tenants.folder.readers.csv_reader import rows_of
from tenants.folder.readers.spreadsheets import Formula, Row, open_workbook
from tenants.text import fold

OFFICIAL, CSV = "official", "csv"
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
COLUMNS = {
    "code": gettext_lazy("mã thủ tục quốc gia, ví dụ 1.000894"),
    "name": gettext_lazy("tên thủ tục"),
    "sector": gettext_lazy("lĩnh vực"),
    "issuer": gettext_lazy("cơ quan công bố"),
    "levels": gettext_lazy(
        "cấp giải quyết, cách nhau bằng |: ministry (bộ), province (tỉnh), commune (xã), other (khác)"
    ),
    "kind": gettext_lazy("loại thủ tục; để trống thì tự nhận theo mã và tên"),
    "decision": gettext_lazy("số quyết định công bố"),
    "term_value": gettext_lazy("thời hạn giải quyết, chỉ ghi số"),
    "term_unit": gettext_lazy(
        "đơn vị thời hạn: working_day (ngày làm việc), calendar_day (ngày), month (tháng), hour (giờ), "
        "same_day (trong ngày)"
    ),
    "term_note": gettext_lazy("ghi chú về thời hạn"),
    "channels": gettext_lazy(
        "cách nộp, cách nhau bằng |: online (trực tuyến), direct (trực tiếp), post (bưu chính)"
    ),
}
"""Those of our CSV, with what each means."""


def read_csv(path: Path, source: str = CSV, source_note: str = "") -> Reading:
    """Return the procedures of a CSV file; row 1 is the heading.

    Raises :class:`CatalogueError` for another encoding, a missing or unknown column, or unusable rows.
    """
    note = source_note or _("Tệp CSV của đơn vị vận hành")
    rows = table(path, COLUMNS, ("code", "name"))
    return base.reading(rows, lambda row, cells: _Row(row, cells, {}).record(source, note))


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


def read_workbook(path: Path) -> Reading:
    """Return the procedures of the first sheet that has the list's headings.

    Raises :class:`CatalogueError` for anything that is not such a workbook, or is unsafe to open.
    """
    note = _("Danh sách thủ tục hành chính do cơ quan ban hành xuất")
    try:
        with open_workbook(path) as (_titles, rows):
            for _sheet, group in groupby(rows, key=lambda row: row.sheet):
                for heading in group:
                    if places := _places(heading.cells):
                        cells = ((row.number, row) for row in group)
                        return base.reading(
                            cells, lambda _n, row: _of_list(row, places).record(OFFICIAL, note)
                        )
                    if heading.number >= _HEADER_WITHIN:
                        break
    except Refused as refusal:
        raise CatalogueError(capfirst(refusal.problems[0].message)) from refusal
    raise CatalogueError(_("Không tìm thấy dòng tiêu đề có “Mã số” và “Tên” trong tệp Excel."))


def _places(cells: Sequence[object]) -> dict[str, int]:
    headings = [fold(str(cell)) if cell is not None else "" for cell in cells]
    places = {
        field: next(headings.index(name) for name in names if name in headings)
        for field, names in _HEADERS.items()
        if any(name in headings for name in names)
    }
    return places if {"code", "name"} <= places.keys() else {}


def _of_list(row: Row, places: Mapping[str, int]) -> "_Row":
    cells = {field: row.cells[place] if place < len(row.cells) else None for field, place in places.items()}
    return _Row(row.number, cells, {field: names[0] for field, names in _HEADERS.items()})


class _Row(base.RowReader):
    """One row on its way to a record: its cells by field, and what their columns are called where that differs."""

    def __init__(self, row: int, cells: Mapping[str, object], headings: Mapping[str, str]) -> None:
        super().__init__(row)
        self.headings = headings
        self.texts = {field: self._text(field, value) for field, value in cells.items()}

    def record(self, source: str, source_note: str) -> ProcedureRecord | None:
        """The procedure of the row, None for an empty one. Raises Unusable."""
        texts = self.texts
        if not any(texts.values()):
            return None
        self.identify(self._column("code"), texts["code"], self._column("name"), texts["name"])
        kind, issuer = texts.get("kind", ""), texts.get("issuer")
        if kind and kind not in ProcedureKind:
            raise self.unusable("kind", kind, _("loại không hiểu được"))
        return ProcedureRecord(
            row=self.row,
            code=self.code,
            name=texts["name"],
            source=source,
            source_note=source_note,
            sector=texts.get("sector"),
            issuer=None if issuer is None else ISSUERS.get(fold(issuer), issuer),
            # An empty performing body is a gap in the list, not a statement.
            performer=texts.get("performer") or None,
            decision=texts.get("decision"),
            kind=ProcedureKind(kind) if kind else None,
            levels=self._choices("levels", base.LEVELS),
            channels=self._choices("channels", base.CHANNELS),
            term=self._term(),
            problems=tuple(self.problems),
        )

    def _column(self, field: str) -> str:
        return self.headings.get(field, field)

    def _text(self, field: str, value: object) -> str:
        column, text = self._column(field), "" if value is None else str(value)
        if isinstance(value, Formula):
            raise self.unusable(column, text, _("ô chứa công thức; hãy dán giá trị"))
        if field == "code" and isinstance(value, (int, float)):
            reason = _("ô mã đang là số nên mất chữ số 0; hãy định dạng cột là văn bản")
            raise self.unusable(column, text, reason)
        if len(text) > _MAX_CELL:
            raise self.unusable(column, text, _("dài bất thường"))
        # A cell names several bodies one below the other.
        return self.tidied(column, text, base.lines if field == "performer" else base.one_line)

    def _choices(self, field: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
        if field not in self.texts:
            return None
        given = [part.strip() for part in self.texts[field].split("|") if part.strip()]
        for part in given:
            if part not in known:
                self.report(field, part, _("giá trị không hiểu được; để trống"))
        return tuple(choice for choice in known if choice in given)

    def _term(self) -> Term | None:
        if self.texts.keys().isdisjoint(("term_value", "term_unit")):
            return None
        pair = (self.texts.get("term_value", ""), self.texts.get("term_unit", ""))
        term, faults = read_term([pair])
        for part, value, reason in faults:
            self.report(("term_value", "term_unit")[part], value, reason)
        return term if term.unit else Term(note=self.texts.get("term_note", ""))
