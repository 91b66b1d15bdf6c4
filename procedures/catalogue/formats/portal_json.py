"""The national portal's export with full text: one JSON object a line, plain or gzipped.

Its tables (fees, steps, legal texts) are flattened into text. What can be told apart for certain is split; the
rest stays one entry, so that no word is lost.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from procedures.catalogue.formats import base
from procedures.catalogue.formats.base import (
    CatalogueError,
    Document,
    FeeItem,
    LegalText,
    ProcedureRecord,
    Reading,
    Step,
    Term,
)
from procedures.catalogue.formats.terms import read_term
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
    return base.reading(_lines(path), lambda row, line: _Row(row, line).record())


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
                if line.strip():
                    yield row, line
        except (EOFError, OSError, zlib.error) as error:
            raise CatalogueError(_("Tệp nén bị hỏng hoặc bị cắt giữa chừng; hãy tải lại tệp.")) from error


class _Row(base.RowReader):
    """One line of the export on its way to a record."""

    def __init__(self, row: int, line: bytes) -> None:
        super().__init__(row)
        try:
            self.fields = json.loads(line)
        except (ValueError, RecursionError):
            raise self.unusable("JSON", "", _("không phải JSON")) from None
        if not isinstance(self.fields, dict):
            raise self.unusable("JSON", "", _("không phải một đối tượng JSON"))

    def record(self) -> ProcedureRecord:
        name = self._line("ten_thu_tuc")
        self.identify("ma_thu_tuc", self._text("ma_thu_tuc"), "ten_thu_tuc", name)
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
            documents=tuple((documents := self._documents()).values()),
            document_rows=tuple(documents),
            fees=self._fees(ways),
            problems=tuple(self.problems),
        )

    def _text(self, column: str, fields: dict[str, Any] | None = None) -> str:
        value = (self.fields if fields is None else fields).get(column)
        if value is None:
            return ""
        if not isinstance(value, (str, int, float)):
            raise self.unusable(column, "", _("phải là chữ"))
        text = str(value)
        if len(text) > base.MAX_TEXT:
            raise self.unusable(column, "", _("dài bất thường"))
        return self.tidied(column, text, base.clean)

    def _line(self, column: str, fields: dict[str, Any] | None = None) -> str:
        return " ".join(self._text(column, fields).split())

    def _list(self, column: str) -> list[Any]:
        value = self.fields.get(column) or []
        if not isinstance(value, list):
            raise self.unusable(column, "", _("phải là danh sách"))
        return value

    def _levels(self) -> tuple[str, ...]:
        levels = []
        for word in self._line("cap_thuc_hien").split(","):
            level = LEVEL_WORDS.get(fold(word))
            if level:
                levels.append(level)
            elif word.strip():
                self.report("cap_thuc_hien", word.strip(), _("cấp không còn hoặc không hiểu được; để trống"))
        return tuple(level for level in base.LEVELS if level in levels)

    def _channels(self, ways: list[dict[str, Any]]) -> tuple[str, ...]:
        used = {CHANNEL_WORDS.get(self._text("kenh", way), "") for way in ways}
        return tuple(channel for channel in base.CHANNELS if channel in used)

    def _term(self, ways: list[dict[str, Any]]) -> Term:
        cells = [(self._text("thoi_gian", way), self._text("don_vi", way)) for way in ways]
        term, faults = read_term(cells)
        for part, value, reason in faults:
            self.report(("cach_thuc.thoi_gian", "cach_thuc.don_vi")[part], value, reason)
        return term

    def _fees(self, ways: list[dict[str, Any]]) -> tuple[base.FeeItem, ...]:
        cells = [(CHANNEL_WORDS.get(self._text("kenh", way), ""), self._line("mo_ta", way)) for way in ways]
        fees, faults = read_fees(cells)
        for reason, text in faults.items():
            self.report("cach_thuc.mo_ta", text, reason)
        return fees

    def _result(self) -> str:
        results = [self._line("ten", result) for result in self._list("ket_qua") if isinstance(result, dict)]
        # Several results come glued together by their codes: “…Mã: KQ.G12.001009Giấy chứng nhận…”.
        lines = (_RESULT_CODE.sub("\n", result) for result in results)
        return "\n".join(
            line.strip(" -") for result in lines for line in result.split("\n") if line.strip(" -")
        )

    def _documents(self) -> dict[int, Document]:
        """The papers by their place in the list, from 1."""
        documents: dict[int, Document] = {}
        for place, paper in enumerate(self._list("giay_to"), start=1):
            if not isinstance(paper, dict):
                raise self.unusable("giay_to", "", _("phải là danh sách giấy tờ"))
            name = self._text("ten", paper).lstrip("-+*• ").strip()
            if not name:
                continue
            originals, copies = self._count("ban_chinh", paper), self._count("ban_sao", paper)
            case = self._line("truong_hop", paper).strip("*-: ")
            # The export lists remarks among the papers; nothing is handed in for them.
            required = (originals, copies) != (0, 0)
            documents[place] = Document(name, "", originals, copies, case, required)
        return documents

    def _count(self, column: str, paper: dict[str, Any]) -> int | None:
        text = self._text(column, paper)
        if not text:
            return None
        if text.isascii() and text.isdigit() and int(text) <= _MOST_PAPERS:
            return int(text)
        self.report(
            f"giay_to.{column}", text, _("số bản bất thường, có lẽ dính chữ số của tên giấy tờ; để trống")
        )
        return None


_MONEY = re.compile(r"(\d{1,3}(?:,\d{3})*) (?:Việt Nam Đồng|VNĐ|VND)")
_GLUED_MONEY = re.compile(r"(?:VNĐ|VND|Việt Nam Đồng)")
# “Miễn phí” is also what the portal prints where no amount was entered. What is charged then stands in the note in
# brackets, or behind it, where the column of the term and of the way to file follows.
_SPEAKS_OF_FEE = re.compile(r"\d\s*(?:đồng|đ)\b|VNĐ|VND|USD|\bphí\b", re.IGNORECASE)
_SPEAKS_OF_AMOUNT = re.compile(r"\d\s*(?:đồng|đ)\b|VNĐ|VND|USD|\bmức\b", re.IGNORECASE)
_SAYS_FREE = ("khong", "mien", "chua quy dinh")
_NOTHING_SAID = "Không có thông tin"
_FREE = "Miễn phí"

_NUMBER = r"\d{1,4}(?:\.\d+)?/\d{4}/(?:QH\d{2}|N[ĐQ]-CP|QĐ-TTg|[A-ZĐƯ][A-ZĐƯ\-]*?)"
_OPENING = "Nghị|Thông|Luật|Bộ|Quyết|Pháp|Sửa|Hướng|Quy|Ban|Văn|Thực"
# A number ends an entry when the next entry's capital letter, or the end, follows it at once.
_LEGAL_NUMBER = re.compile(rf"{_NUMBER}(?=[A-ZĐÂÔƯĂÊ]?[{base.SMALL_LETTERS}]|\s(?:{_OPENING})\b|\n|$)")
# “QH13” + “52/2014/QH13”, and a year + a number, stand glued together.
_GLUED_NUMBERS = re.compile(r"(/QH\d{2}|(?:19|20)\d{2})(?=\d{1,3}/\d{4}/)")
_LEGAL_HEADING = "Tên văn bản pháp lýMã văn bản"

_BULLET = re.compile(r"^\s*(?:[-+*•–]|\d{1,2}[.)])\s+")
_STEP_HEADING = re.compile(r"^\s*(Bước\s+\d+)\s*[:.]\s*", re.IGNORECASE)


def read_fees(cells: list[tuple[str, str]]) -> tuple[tuple[FeeItem, ...], dict[str, str]]:
    """Return the different fees in the (channel, text) cells, amount blank where it is unclear; and by reason such a text."""
    channels: dict[tuple[int | None, str], set[str]] = {}
    faults: dict[str, str] = {}
    for channel, text in cells:
        for amount, note, reason in _fees_in(text):
            if reason:
                faults.setdefault(reason, text)
            channels.setdefault((amount, note), set()).add(channel)
    everywhere = {channel for channel, _text in cells}
    fees = []
    for (amount, note), where in channels.items():
        only_online = where == {"online"} and everywhere != {"online"}
        online_note = _("áp dụng mức này") if only_online else ""
        fees.append(FeeItem(amount=amount, note=note, online_note=online_note))
    return tuple(fees), faults


def _fees_in(text: str) -> list[tuple[int | None, str, str]]:
    text = text.strip().removeprefix(_NOTHING_SAID)
    if text.startswith(_FREE):
        rest = text[len(_FREE) :]
        note, behind = _in_brackets(rest), rest[_end_of_brackets(rest, 0) :]
        says_free = not _SPEAKS_OF_AMOUNT.search(note) and fold(note).startswith(_SAYS_FREE)
        if (note and not says_free) or _SPEAKS_OF_FEE.search(behind):
            return [(None, note, _("ghi “Miễn phí” nhưng chú thích nói có thu phí; để trống mức"))]
        return [(0, note, "")]
    fees: list[tuple[int | None, str, str]] = []
    end = 0
    while match := _MONEY.match(text, end):
        end = _end_of_brackets(text, match.end())
        note = _in_brackets(text[match.end() : end])
        fees.append((int(match.group(1).replace(",", "")), note, ""))
    if not fees and _GLUED_MONEY.match(text):
        note = _in_brackets(_GLUED_MONEY.sub("", text, count=1))
        return [(None, note, _("mức phí bị dính vào cột thời hạn; để trống mức"))]
    return fees


def _end_of_brackets(text: str, start: int) -> int:
    """Return where the bracketed note that begins at *start* ends, *start* itself without one."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth <= 0:
            return position + 1 if text[start] == "(" else start
    return len(text)


def _in_brackets(text: str) -> str:
    start, end = 0, _end_of_brackets(text, 0)
    # Without a copy for each pair: a text may be nothing but brackets.
    while start < end and text[start] == "(" and text[end - 1] == ")":
        start, end = start + 1, end - 1
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
    return text[start:end].lstrip("(").strip()


def read_steps(text: str) -> tuple[Step, ...]:
    """Return one step for each numbered step, or one for each line where the text numbers none."""
    steps: list[tuple[str, list[str]]] = []
    lines = text.split("\n")
    numbered = any(map(_STEP_HEADING.match, lines))
    for line in lines:
        heading = _STEP_HEADING.match(line)
        if heading:
            steps.append((heading.group(1), [line[heading.end() :].strip()]))
        elif not (plain := _BULLET.sub("", line).strip()):
            continue
        elif numbered and steps:
            steps[-1][1].append(plain)
        else:
            steps.append(("", [plain]))
    return tuple(Step(name, "\n".join(details).strip()) for name, details in steps)


def read_legal_basis(text: str) -> tuple[LegalText, ...]:
    """Return the legal texts named in *text*; what follows no number stays as a last entry."""
    text = _GLUED_NUMBERS.sub(r"\1\n", text.removeprefix(_LEGAL_HEADING).strip())
    entries: list[LegalText] = []
    end = 0
    for match in _LEGAL_NUMBER.finditer(text):
        name, number = " ".join(text[end : match.start()].split()), match.group()
        if not name and entries and number in (entries[-1].number, entries[-1].name):
            # The name itself ended in its number; the second one is the table's column.
            end = match.end()
            continue
        entries.append(LegalText(name or number, number))
        end = match.end()
    rest = " ".join(text[end:].split())
    if rest and not (entries and rest == entries[-1].number):
        entries.append(LegalText(rest))
    return tuple(entries)
