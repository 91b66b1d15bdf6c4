"""Tables as an old system would export them. All people, codes and numbers are invented."""

import csv
import random
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from openpyxl import Workbook

from tenants import clock
from tests import tables

SHIPPED = Path(__file__).parents[2] / "docs/van-hanh/mau-nhap.yaml"
MAPPING = Path(mkdtemp()) / "mau-nhap.yaml"
"""The shipped file, for the channel that the tests switch on."""
MAPPING.write_text(
    SHIPPED.read_text(encoding="utf-8").replace("channel: sms", "channel: mock"), encoding="utf-8"
)
HEADING = (
    "Mã hồ sơ", "Mã thủ tục", "Chủ hồ sơ", "Loại chủ hồ sơ", "Số CCCD hoặc MST", "Điện thoại", "Địa chỉ",
    "Người nộp", "Điện thoại người nộp", "Đơn vị tiếp nhận", "Đơn vị giải quyết", "Hình thức nộp",
    "Ngày tiếp nhận", "Ngày hẹn trả", "Mã trạng thái", "Trạng thái", "Ngày trạng thái", "Cán bộ xử lý",
    "Ngày có kết quả", "Ngày trả kết quả", "Cách nhận kết quả", "Đồng ý nhận tin", "Ghi chú",
)  # fmt: skip
ROW = tables.read(__file__, "legacy_row.yaml")
STATUSES = tables.read(__file__, "legacy_statuses.yaml")
# How many of a hundred dossiers stand where.
SHARES = {1: 3, 2: 12, 3: 2, 4: 35, 5: 8, 6: 4, 7: 2, 8: 2, 9: 12, 10: 20}
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Võ", "Đặng", "Bùi", "Niê", "Điểu")
GIVEN = ("Thị Hòa", "Văn Ngũ", "Thị Mỹ Duyên", "Hữu Phước", "Thị Ơn", "Đình Khoẻ", "Thị Yến", "Quốc Ưng")

Row = dict[str, str]


def row(**changed: str) -> Row:
    """One dossier that is being settled, with these cells instead. Underscores stand for spaces."""
    cells = {**ROW}
    for name, value in changed.items():
        heading = name.replace("_", " ")
        assert heading in cells, heading
        cells[heading] = value
    return cells


def at_status(status: int, **changed: str) -> Row:
    """One dossier at this status, finished and returned on 24/11/2026 where that belongs to it."""
    cells = {"Mã_trạng_thái": str(status), "Trạng_thái": STATUSES[status]}
    if status in (3, 7, 8, 9, 10):
        cells["Ngày_có_kết_quả"] = "23/11/2026 09:00:00"
    if status == 10:
        cells["Ngày_trả_kết_quả"] = "23/11/2026 15:00:00"
    return row(**{**cells, **changed})


def many(
    count: int,
    *,
    desks: Sequence[str],
    departments: Sequence[str],
    procedures: Sequence[str],
    specialists: Sequence[str] = (),
    until: datetime,
    seed: int = 20261124,
) -> Iterator[Row]:
    """So many dossiers of the two months before `until`, most with legal codes, as they would be in real life.

    Desks and procedures by code, departments by name, specialists by user name.
    """
    chance = random.Random(seed)
    statuses = random.Random(seed + 1).choices(list(SHARES), list(SHARES.values()), k=count)
    numbers: dict[tuple[str, str], int] = {}
    for serial, status in enumerate(statuses, start=1):
        received = until - timedelta(minutes=chance.randrange(24 * 60, 60 * 24 * 60))
        received = received.replace(hour=chance.randrange(7, 17), second=0, microsecond=0)
        desk = chance.choice(desks)
        place = (desk, f"{received:%y%m%d}")
        numbers[place] = numbers.get(place, 0) + 1
        legal = serial % 20 != 0
        person = f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)} Minh Họa"
        since = received + (until - received) * chance.random() * 0.5
        finished = since if status in (3, 7, 8, 9, 10) else None
        returned = since + (until - since) / 2 if status == 10 else None
        yield {
            **dict.fromkeys(HEADING, ""),
            "Mã hồ sơ": f"{desk}-{place[1]}-{numbers[place]:04d}" if legal else f"HS.2026.{serial:06d}",
            "Mã thủ tục": chance.choice(procedures),
            "Chủ hồ sơ": person,
            "Loại chủ hồ sơ": "Cá nhân",
            "Số CCCD hoặc MST": f"0661900{serial % 100_000:05d}",
            "Điện thoại": f"09050{serial % 100_000:05d}",
            "Địa chỉ": f"Số {serial % 300 + 1} đường Minh Họa",
            "Người nộp": f"{chance.choice(FAMILIES)} Văn Nộp Thay" if serial % 7 == 0 else "",
            "Điện thoại người nộp": f"09140{serial % 100_000:05d}" if serial % 7 == 0 else "",
            "Đơn vị tiếp nhận": desk,
            "Đơn vị giải quyết": chance.choice(departments),
            "Hình thức nộp": chance.choice(("Trực tiếp", "2", "Bưu điện")),
            "Ngày tiếp nhận": stamp(received),
            "Ngày hẹn trả": f"{received + timedelta(days=chance.randrange(3, 40)):%d/%m/%Y}",
            "Mã trạng thái": str(status),
            "Trạng thái": STATUSES[status],
            "Ngày trạng thái": stamp(since) if status > 2 else "",
            "Cán bộ xử lý": chance.choice(specialists) if specialists and status in (4, 5, 6) else "",
            "Ngày có kết quả": stamp(finished),
            "Ngày trả kết quả": stamp(returned),
            "Đồng ý nhận tin": "x" if serial % 3 == 0 else "",
            "Ghi chú": "Ghi chú minh họa" if serial % 10 == 0 else "",
        }


def stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M:%S}" if moment else ""


def write_csv(
    path: Path, rows: Iterable[Row], *, encoding: str = "utf-8", delimiter: str = ",", mark: str = ""
) -> Path:
    """A CSV file in this encoding; `mark` stands before everything, such as a byte order mark."""
    fit = in_windows_1258 if encoding == "cp1258" else str
    with path.open("w", encoding=encoding, newline="") as stream:
        stream.write(mark)
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(map(fit, HEADING))
        writer.writerows([fit(one[name]) for name in HEADING] for one in rows)
    return path


def write_xlsx(path: Path, rows: Iterable[dict[str, object]]) -> Path:
    """A workbook with one sheet; cells as they are given, dates as dates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Hồ sơ")
    sheet.append(HEADING)
    for one in rows:
        sheet.append([one[name] or None for name in HEADING])
    book.save(path)
    return path


def in_windows_1258(text: str) -> str:
    """The text with tones apart from their vowels, as Windows-1258 writes them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        letters.append(base + tone)
    return "".join(letters)


def mapping_with(path: Path, *replacements: tuple[str, str], more: str = "") -> Path:
    text = MAPPING.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text + more, encoding="utf-8")
    return path
