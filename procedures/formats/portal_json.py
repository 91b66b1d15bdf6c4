"""The national portal's export with full text: one JSON object a line, plain or gzipped."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from procedures.formats import base
from procedures.formats.base import CatalogueError, Document, Problem, ProcedureRecord, Reading, Term
from procedures.formats.portal_text import read_fees, read_legal_basis, read_steps
from procedures.formats.terms import read_term
from tenants.text import fold

SOURCE = "portal"
_MAX_UNPACKED = 256 * 1024 * 1024
_MAX_LINE = 4 * 1024 * 1024
_MOST_PAPERS = 9
_RESULT_CODE = re.compile(r"Mã: KQ\.[A-Z]\d{2}\.\d{6}")

LEVEL_WORDS = {"cap bo": "ministry", "cap tinh": "province", "cap xa": "commune", "co quan khac": "other"}
CHANNEL_WORDS = {"truc_tuyen": "online", "truc_tiep": "direct", "buu_chinh": "post"}
# The export keeps the name of a ministry that has since merged.
ISSUERS = {"bo xay dung giao thong van tai cu": "Bộ Xây dựng"}


def read(path: Path) -> Reading:
    """Return the procedures of the file, each problem with its line number.

    Raises :class:`CatalogueError` when the file is truncated, not gzip, not JSON, or has unusable rows.
    """
    records: list[ProcedureRecord] = []
    problems: list[Problem] = []
    for row, line in _lines(path):
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            problems.append(Problem(row, "JSON", "", _("không phải JSON"), fatal=True))
            continue
        if not isinstance(fields, dict):
            problems.append(Problem(row, "JSON", "", _("không phải một đối tượng JSON"), fatal=True))
            continue
        try:
            records.append(_Row(row, fields).record())
        except _Unusable as unusable:
            problems.append(unusable.problem)
    return base.finish(records, problems)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    packed = path.open("rb")
    with packed:
        gzipped = packed.read(2) == b"\x1f\x8b"
        packed.seek(0)
        stream: Any = gzip.GzipFile(fileobj=packed) if gzipped else packed
        read_so_far = 0
        row = 0
        try:
            while line := stream.readline(_MAX_LINE + 1):
                row += 1
                read_so_far += len(line)
                if len(line) > _MAX_LINE or read_so_far > _MAX_UNPACKED:
                    raise CatalogueError(_("Tệp quá lớn sau khi giải nén, không phải danh mục thủ tục."))
                if row > base.MAX_ROWS:
                    raise base.too_many_rows()
                if line.strip():
                    yield row, line
        except (EOFError, OSError, zlib.error) as error:
            raise CatalogueError(_("Tệp nén bị hỏng hoặc bị cắt giữa chừng; hãy tải lại tệp.")) from error


class _Unusable(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Row:
    """One line of the export on its way to a record; collects what it has to report."""

    def __init__(self, row: int, fields: dict[str, Any]) -> None:
        self.row = row
        self.fields = fields
        self.code = ""
        self.problems: list[Problem] = []

    def record(self) -> ProcedureRecord:
        self.code = base.base_code(self._text("ma_thu_tuc"))
        if not self.code:
            raise self._unusable(
                "ma_thu_tuc", self._text("ma_thu_tuc"), _("mã thủ tục phải có dạng 1.000894")
            )
        name = self._line("ten_thu_tuc")
        if not name:
            raise self._unusable("ten_thu_tuc", "", _("thiếu tên thủ tục"))
        if len(name) > base.MAX_NAME:
            raise self._unusable("ten_thu_tuc", name[:80], _("tên dài bất thường"))
        ways = [way for way in self._list("cach_thuc") if isinstance(way, dict)]
        issuer = self._line("co_quan_ban_hanh")
        return ProcedureRecord(
            row=self.row,
            code=self.code,
            name=name,
            source=SOURCE,
            source_note=_("Bản xuất từ Cổng Dịch vụ công quốc gia"),
            sector=self._line("linh_vuc"),
            issuer=ISSUERS.get(fold(issuer), issuer),
            performer=self._line("co_quan_thuc_hien") or base.lines(self._text("co_quan_thuc_hien_excel")),
            decision=self._line("so_quyet_dinh"),
            levels=self._levels(),
            channels=self._channels(ways),
            term=self._term(ways),
            subjects=self._line("doi_tuong_thuc_hien"),
            result=self._result(),
            conditions=self._text("yeu_cau_dieu_kien"),
            steps=read_steps(self._text("trinh_tu_thuc_hien")),
            legal_basis=read_legal_basis(self._line("can_cu_phap_ly")),
            documents=self._documents(),
            fees=self._fees(ways),
            problems=tuple(self.problems),
        )

    def _unusable(self, column: str, value: str, reason: str) -> _Unusable:
        return _Unusable(Problem(self.row, column, value[:80], reason, self.code, fatal=True))

    def _report(self, column: str, value: str, reason: str) -> None:
        self.problems.append(Problem(self.row, column, value[:80], reason, self.code))

    def _text(self, column: str, fields: dict[str, Any] | None = None) -> str:
        value = (self.fields if fields is None else fields).get(column)
        if value is None:
            return ""
        if not isinstance(value, (str, int, float)):
            raise self._unusable(column, "", _("phải là chữ"))
        text = str(value)
        if len(text) > base.MAX_TEXT:
            raise self._unusable(column, "", _("dài bất thường"))
        try:
            return base.clean(text)
        except ValueError as error:
            raise self._unusable(column, "", str(error)) from error

    def _line(self, column: str, fields: dict[str, Any] | None = None) -> str:
        return " ".join(self._text(column, fields).split())

    def _list(self, column: str) -> list[Any]:
        value = self.fields.get(column) or []
        if not isinstance(value, list):
            raise self._unusable(column, "", _("phải là danh sách"))
        return value

    def _levels(self) -> tuple[str, ...]:
        levels = []
        for word in self._line("cap_thuc_hien").split(","):
            level = LEVEL_WORDS.get(fold(word))
            if level:
                levels.append(level)
            elif word.strip():
                self._report("cap_thuc_hien", word.strip(), _("cấp không còn hoặc không hiểu được; để trống"))
        return tuple(level for level in base.LEVELS if level in levels)

    def _channels(self, ways: list[dict[str, Any]]) -> tuple[str, ...]:
        used = {CHANNEL_WORDS.get(self._text("kenh", way), "") for way in ways}
        return tuple(channel for channel in base.CHANNELS if channel in used)

    def _term(self, ways: list[dict[str, Any]]) -> Term:
        cells = [(self._text("thoi_gian", way), self._text("don_vi", way)) for way in ways]
        term, problems = read_term(self.row, self.code, ("cach_thuc.thoi_gian", "cach_thuc.don_vi"), cells)
        self.problems.extend(problems)
        return term

    def _fees(self, ways: list[dict[str, Any]]) -> tuple[base.FeeItem, ...]:
        cells = [(CHANNEL_WORDS.get(self._text("kenh", way), ""), self._line("mo_ta", way)) for way in ways]
        fees, problems = read_fees(self.row, self.code, cells)
        self.problems.extend(problems)
        return fees

    def _result(self) -> str:
        results = [self._line("ten", result) for result in self._list("ket_qua") if isinstance(result, dict)]
        # Several results come glued together by their codes: “…Mã: KQ.G12.001009Giấy chứng nhận…”.
        lines = (_RESULT_CODE.sub("\n", result) for result in results)
        return "\n".join(
            line.strip(" -") for result in lines for line in result.split("\n") if line.strip(" -")
        )

    def _documents(self) -> tuple[Document, ...]:
        documents = []
        for paper in self._list("giay_to"):
            if not isinstance(paper, dict):
                raise self._unusable("giay_to", "", _("phải là danh sách giấy tờ"))
            name = self._text("ten", paper).lstrip("-+*• ").strip()
            if not name:
                continue
            originals, copies = self._count("ban_chinh", paper), self._count("ban_sao", paper)
            case = self._line("truong_hop", paper).strip("*-: ")
            # The export lists remarks among the papers; nothing is handed in for them.
            required = (originals, copies) != (0, 0)
            documents.append(Document(name, "", originals, copies, case, required))
        return tuple(documents)

    def _count(self, column: str, paper: dict[str, Any]) -> int | None:
        text = self._text(column, paper)
        if not text:
            return None
        if text.isascii() and text.isdigit() and int(text) <= _MOST_PAPERS:
            return int(text)
        self._report(
            f"giay_to.{column}", text, _("số bản bất thường, có lẽ dính chữ số của tên giấy tờ; để trống")
        )
        return None
