"""Reading tables of old systems: encodings, workbooks, cells, dates."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import IO

import pytest
from openpyxl import Workbook

from dossiers.legacy_import.rows import table_reader
from dossiers.legacy_import.rows.mapping_file import read_mapping
from dossiers.legacy_import.rows.records import Unclear
from dossiers.legacy_import.rows.table_reader import Row, open_table
from dossiers.legacy_import.rows.vocabularies import DateFormat, read_moment
from tenants import clock
from tenants.folder.problems import Refused
from tenants.text import BadCell, as_text
from tests.dossiers.legacy_files import HEADING, MAPPING, row, write_csv, write_xlsx

NAME = "Nguyễn Thị Ngọc Hoà"


def rows_of(path: Path) -> tuple[str, list[Row]]:
    with open_table(path, read_mapping(MAPPING)) as table:
        return table.kind, list(table)


# --- encodings


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", "", "UTF-8"),
        ("utf-8", "\ufeff", "UTF-8 (BOM)"),
        ("utf-16-le", "\ufeff", "UTF-16 LE (BOM)"),
        ("utf-16-be", "\ufeff", "UTF-16 BE (BOM)"),
        ("utf-16-le", "", "UTF-16 LE"),
        ("utf-16-be", "", "UTF-16 BE"),
        ("cp1258", "", "Windows-1258"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_encoding_is_recognised_and_named(tmp_path, encoding, mark, name, delimiter):
    file = write_csv(
        tmp_path / "a.csv", [row(Chủ_hồ_sơ=NAME)], encoding=encoding, mark=mark, delimiter=delimiter
    )
    kind, found = rows_of(file)
    assert kind == name
    assert as_text(found[0].cells["owner_name"]) == NAME


UNKNOWN = (
    "Mã,Tên\n1,Hòa\n".encode("cp1252", "replace").replace(b"?", b"\xb8"),  # TCVN3 has letters there
    b"M\xb7 h\xe5 s\xac,Tr\xb9ng th\xb8i\nH\xcc,\xae\xb7\n",  # TCVN3; \xcc after a consonant
    b"Te\xe2n,Nguye\xe3n\n1,Hu\xf8ng\n",  # VNI
    "a,b\n1,Hòa\n".encode()[:-3] + b"\xc3\n",  # UTF-8 cut in a letter
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        # Saved in a wrong encoding before.
        ("Tên\n".encode() + "Tỉnh".encode().decode("cp1252", "replace").encode(), "hãy lấy lại bản gốc"),
        *((content, "không nhận ra bảng mã") for content in UNKNOWN),
    ],
)
def test_an_unknown_or_spoilt_encoding_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(Refused, match=says):
        table_reader.recognise(file)


def test_a_letter_across_two_blocks_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "_BLOCK", 7)
    for encoding in ("utf-8", "cp1258"):
        file = write_csv(tmp_path / "a.csv", [row(Chủ_hồ_sơ=NAME)] * 3, encoding=encoding)
        assert table_reader.recognise(file).codec == encoding


# --- tables


def test_a_title_above_the_heading_is_passed_over(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [row()])
    file.write_text("DANH SÁCH HỒ SƠ" + "," * (len(HEADING) - 1) + "\n\n" + file.read_text())
    assert [one.number for one in rows_of(file)[1]] == [4]


def test_missing_columns_are_all_named_with_their_fields(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Mã hồ sơ,Chủ hồ sơ\n1,A\n")
    with pytest.raises(Refused) as refusal:
        rows_of(file)
    sentences = [str(problem) for problem in refusal.value.problems]
    assert "a.csv:1: không có cột “Mã thủ tục” (cho “procedure”)." in sentences
    assert len(sentences) == 21


def test_row_numbers_are_those_of_a_spreadsheet_and_a_ragged_row_counts_its_cells(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [row(Ghi_chú="hai\ndòng"), row()])
    file.write_text(file.read_text() + "a,b,c\n")
    found = rows_of(file)[1]
    assert [(one.number, "có 3 ô" in one.ragged) for one in found] == [(2, False), (3, False), (4, True)]


def test_a_workbook_gives_dates_and_texts(tmp_path: Path) -> None:
    cells_of_row: dict[str, object] = {
        **row(),
        "Ngày tiếp nhận": datetime(2026, 11, 20, 8, 30),
        "Mã trạng thái": 4,
    }
    kind, found = rows_of(write_xlsx(tmp_path / "a.xlsx", [cells_of_row]))
    assert kind == "XLSX"
    assert (found[0].number, found[0].ragged) == (2, "")
    assert as_text(found[0].cells["status_code"]) == "4"
    assert read_moment(found[0].cells["received_at"], ()) == datetime(
        2026, 11, 20, 8, 30, tzinfo=clock.VIETNAM
    )


def bomb(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * 5_000_000)


def two_sheets(file: IO[bytes]) -> None:
    book = Workbook()
    book.create_sheet("Khác")
    book.save(file)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0abc", "kiểu cũ"),
        (b"", "tệp trống"),
        (b"PK\x03\x04abc", "bị hỏng"),
        (bomb, "phình to"),
        (two_sheets, "hãy ghi mục “sheet”"),
        (",".join((*HEADING, "MÃ HỒ SƠ")).encode(), "“Mã hồ sơ” có hai lần"),
        (",".join(HEADING).encode() + b'\n"abc\n', r"a:2: dấu nháy kép không khép lại"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, says):
    with (tmp_path / "a").open("wb") as file:
        file.write(content) if isinstance(content, bytes) else content(file)
    with pytest.raises(Refused, match=says):
        rows_of(tmp_path / "a")


# --- cells and dates


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="0905000678"', "0905000678"),
        ("'0905000678", "0905000678"),
        ("+84 905 000 678", "+84 905 000 678"),
        ("  hai   chữ\u200b ", "hai chữ"),
        ("-", "-"),
        (4.0, "4"),
        (66190000001, "66190000001"),
        (True, "1"),
        (None, ""),
        (date(2026, 11, 25), "25/11/2026"),
    ],
)
def test_what_spreadsheets_do_to_cells_is_undone(cell: object, text: str) -> None:
    assert as_text(cell) == text


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+A1", "a\0b", "a\ufffd"])
def test_formulas_and_broken_characters_are_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        as_text(cell)


@pytest.mark.parametrize(
    ("form", "text", "found"),
    [
        ("dd/MM/yyyy HH:mm:ss", "05/11/2026 08:07:59", (2026, 11, 5, 8, 7)),
        ("d/M/yyyy", "5/11/2026", (2026, 11, 5)),
        ("yyyy-MM-ddTHH:mm", "2026-11-05T08:07", (2026, 11, 5, 8, 7)),
        ("dd/MM/yyyy", "5/11/2026", None),
        ("dd/MM/yyyy", "31/02/2026", None),
        ("dd/MM/yyyy", "05/11/2026 ", None),
        ("dd/MM/yyyy HH:mm", "05/11/2026 24:00", None),
    ],
)
def test_dates_in_the_form_that_was_said(form: str, text: str, found: tuple[int, ...] | None) -> None:
    assert DateFormat(form).read(text) == (found and datetime(*found, tzinfo=clock.VIETNAM))
    # The serial number of a spreadsheet.
    assert read_moment(46351, ()) == datetime(2026, 11, 25, tzinfo=clock.VIETNAM)


@pytest.mark.parametrize("value", ["hôm qua", True, 10**12, None])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(Unclear):
        read_moment(value, (DateFormat("dd/MM/yyyy"),))
