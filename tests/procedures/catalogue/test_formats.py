import gzip
import zipfile
from pathlib import Path

import pytest

from procedures.catalogue.formats import read
from procedures.catalogue.formats.base import CatalogueError, Document, Term
from tests import tables
from tests.procedures.files import portal_row, write_csv, write_list, write_portal

ROW = ["1.000001", "Cấp thẻ thư viện", "Bộ Mẫu", "Thư viện tỉnh", "Thư viện"]


def refused(path: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        read(path)
    return str(caught.value)


class TestPortalJson:
    @pytest.mark.parametrize("packed", [False, True])
    def test_reads_all_facts(self, tmp_path: Path, packed: bool) -> None:
        reading = read(write_portal(tmp_path / "x", [portal_row()], packed=packed))
        (record,) = reading.records
        assert (record.code, record.name, record.sector) == (
            "1.000001",
            "Thủ tục cấp thẻ thư viện",
            "Thư viện",
        )
        assert record.levels == ("province", "commune")
        assert record.channels == ("online", "direct")
        assert record.term == Term(3, "working_day")
        assert record.documents == (Document("Đơn xin cấp thẻ", "", 1, 0, "", True),)
        assert record.result == "Thẻ thư viện"
        assert reading.problems == ()

    def test_odd_cells_are_reported_with_their_row(self, tmp_path: Path) -> None:
        way = {"kenh": "truc_tiep", "thoi_gian": "120,000", "don_vi": None, "mo_ta": ""}
        paper = {"ten": "Đơn năm", "ban_chinh": 20261, "ban_sao": 0, "truong_hop": ""}
        rows = [
            portal_row(),
            portal_row("1.000002", cach_thuc=[way], giay_to=[paper], cap_thuc_hien="Cấp huyện"),
        ]
        reading = read(write_portal(tmp_path / "x", rows))
        assert [(problem.row, problem.value) for problem in reading.problems] == [
            (2, "Cấp huyện"),
            (2, "120,000"),
            (2, "20261"),
        ]
        second = reading.records[1]
        assert (second.levels, second.term, second.documents[0].originals) == ((), Term(), None)

    def test_customs_sent_to_the_commune_is_kept_and_reported(self, tmp_path: Path) -> None:
        rows = [portal_row(linh_vuc="Hải quan", cap_thuc_hien="Cấp xã")]
        reading = read(write_portal(tmp_path / "x", rows))
        assert reading.records[0].levels == ("commune",)
        assert [problem.code for problem in reading.problems] == ["1.000001"]

    def test_remarks_among_the_papers_are_not_required(self, tmp_path: Path) -> None:
        paper = {"ten": "Lưu ý chung", "ban_chinh": 0, "ban_sao": 0, "truong_hop": "* Lưu ý"}
        (record,) = read(write_portal(tmp_path / "x", [portal_row(giay_to=[paper])])).records
        assert record.documents == (Document("Lưu ý chung", "", 0, 0, "Lưu ý", False),)

    def test_agency_suffix_of_a_code_is_dropped(self, tmp_path: Path) -> None:
        (record,) = read(write_portal(tmp_path / "x", [portal_row("1.001612.000.00.00.H01")])).records
        assert record.code == "1.001612"

    @pytest.mark.parametrize(
        "row",
        [
            "{",
            "[]",
            '"x"',
            "[" * 100_000,
            portal_row("khong-phai-ma"),
            portal_row(ten_thu_tuc=""),
            portal_row(ten_thu_tuc="a\x00b"),
            portal_row(ten_thu_tuc="a\ud800b"),
            portal_row(ten_thu_tuc=["a"]),
            portal_row(ten_thu_tuc="x" * 3_000),
            portal_row(cach_thuc="x"),
            portal_row(giay_to=["x"]),
            portal_row(yeu_cau_dieu_kien="x" * 300_000),
        ],
    )
    def test_an_unusable_row_refuses_the_file_and_is_named(self, tmp_path: Path, row: object) -> None:
        path = write_portal(tmp_path / "x", [portal_row("1.000009"), row])
        with pytest.raises(CatalogueError) as caught:
            read(path)
        assert [problem.row for problem in caught.value.problems if problem.fatal] == [2]

    def test_duplicate_codes_name_the_first_row(self, tmp_path: Path) -> None:
        assert "dòng 1" in refused(write_portal(tmp_path / "x", [portal_row(), portal_row()]))

    def test_truncated_gzip(self, tmp_path: Path) -> None:
        path = write_portal(tmp_path / "x", [portal_row()] * 50, packed=True)
        path.write_bytes(path.read_bytes()[:-20])
        assert "cắt giữa chừng" in refused(path)

    def test_gzip_bomb_is_not_unpacked_to_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_bytes(gzip.compress(b"{" + b" " * (8 * 1024 * 1024)))
        assert "quá lớn" in refused(path)


class TestOfficialList:
    def test_reads_what_the_list_says_and_nothing_more(self, tmp_path: Path) -> None:
        (record,) = read(write_list(tmp_path / "x.xlsx", [ROW])).records
        assert (record.code, record.name, record.issuer) == ("1.000001", "Cấp thẻ thư viện", "Bộ Mẫu")
        assert record.term is None
        assert record.documents is None

    def test_empty_rows_are_skipped(self, tmp_path: Path) -> None:
        reading = read(write_list(tmp_path / "x.xlsx", [[None] * 5, ROW, ["", " ", None, None, None]]))
        assert len(reading.records) == 1

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (["=1+1", "Tên", "", "", ""], "công thức"),
            ([1.000894, "Tên", "", "", ""], "văn bản"),
            (["abc", "Tên", "", "", ""], "1.000894"),
            (["1.000001", "", "", "", "Thư viện"], "thiếu tên"),
        ],
    )
    def test_an_unusable_row_refuses_the_list(self, tmp_path: Path, row: list[object], words: str) -> None:
        assert words in refused(write_list(tmp_path / "x.xlsx", [row]))

    def test_duplicate_codes(self, tmp_path: Path) -> None:
        assert "trùng" in refused(write_list(tmp_path / "x.xlsx", [ROW, ROW]))

    def test_another_workbook_is_not_a_list(self, tmp_path: Path) -> None:
        assert "tiêu đề" in refused(write_list(tmp_path / "x.xlsx", [ROW], headings=["A", "B"]))

    def test_document_type_is_not_parsed(self, tmp_path: Path) -> None:
        path = tmp_path / "x.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
        assert "không an toàn" in refused(path)


HEAD = "code,name,sector,levels,term_value,term_unit\n"
LINE = "1.000001,Cấp thẻ thư viện,Thư viện,province|commune,3,working_day\n"


class TestOwnCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_reads_utf8_with_or_without_mark(self, tmp_path: Path, encoding: str) -> None:
        (record,) = read(write_csv(tmp_path / "x.csv", HEAD + LINE, encoding)).records
        assert record.levels == ("province", "commune")
        assert record.term == Term(3, "working_day")
        assert record.channels is None

    def test_semicolons_of_a_spreadsheet(self, tmp_path: Path) -> None:
        text = (HEAD + LINE).replace(",", ";")
        assert read(write_csv(tmp_path / "x.csv", text)).records[0].sector == "Thư viện"

    @pytest.mark.parametrize(
        ("text", "words"),
        tables.read(__file__, "faulty_files.yaml"),
    )
    def test_faulty_files_are_refused_in_words(self, tmp_path: Path, text: str, words: str) -> None:
        assert words in refused(write_csv(tmp_path / "x.csv", text))

    def test_all_faulty_rows_are_named_at_once(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "x.csv", "code,name\na,x\n1.000001,x\nb,y\n")
        with pytest.raises(CatalogueError) as caught:
            read(path)
        assert [problem.row for problem in caught.value.problems] == [2, 4]

    def test_odd_values_are_reported_and_left_blank(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "x.csv", HEAD + "1.000001,x,y,village,0,working_day\n")
        reading = read(path)
        assert [(problem.row, problem.column) for problem in reading.problems] == [
            (2, "levels"),
            (2, "term_value"),
        ]
        assert (reading.records[0].levels, reading.records[0].term) == ((), Term())


class TestDetect:
    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"", "trống"), (b"%PDF-1.7", "PDF"), (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, ".xls")],
    )
    def test_other_files_are_named(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "x"
        path.write_bytes(content)
        assert words in refused(path)

    def test_absent_file(self, tmp_path: Path) -> None:
        assert "Không mở được" in refused(tmp_path / "absent")

    def test_invisible_characters_do_not_make_names_differ(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "x", "code,name\n1.000001,Cấp\u200b thẻ\u202e\u00a0mượn\n")
        assert read(path).records[0].name == "Cấp thẻ mượn"
