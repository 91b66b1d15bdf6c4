"""The table of papers and fees: what of an export gets into it, and what it says once it is read back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from procedures.catalogue.contents import national_papers
from procedures.catalogue.contents.short_papers import LONGEST_NAME, form_of, short_name
from procedures.catalogue.formats import portal_json
from procedures.catalogue.formats.base import Document
from tests import tables
from tests.procedures.files import portal_row


@pytest.fixture
def table(tmp_path: Path, portal_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Derive the table from rows of an export and read it back: (what was left out, facts of the procedure)."""

    def derive(*papers: tuple[str, int, int, str], **fields: object) -> tuple:
        listed = [
            {"ten": name, "ban_chinh": originals, "ban_sao": copies, "truong_hop": case}
            for name, originals, copies, case in papers
        ]
        reading = portal_json.read(portal_file(portal_row(giay_to=listed, **fields)))
        paths = (tmp_path / "papers.csv", tmp_path / "fees.csv")
        _counts, left_out = national_papers.write(reading.records, *paths)
        monkeypatch.setattr(national_papers, "PAPERS", paths[0])
        monkeypatch.setattr(national_papers, "FEES", paths[1])
        return left_out, national_papers.load().get("1.000001", national_papers.TableFacts())

    return derive


@pytest.mark.parametrize(
    ("official", "short"),
    tables.read(__file__, "short_names.yaml"),
)
def test_name_is_cut_to_its_first_clause(official: str, short: str) -> None:
    assert short_name(official) == short


@pytest.mark.parametrize(
    ("official", "form"),
    tables.read(__file__, "named_forms.yaml"),
)
def test_form_is_named_only_where_it_is_certain(official: str, form: str) -> None:
    assert form_of(Document(official), {"33/2026/NĐ-CP", "04/2015/TT-BCA", "09/2026/TT-BNNMTT"}) == form


def test_long_name_ends_at_a_word_and_keeps_that_it_is_optional() -> None:
    short = short_name("Giấy tờ " * 60 + "(nếu có)")
    assert len(short) <= LONGEST_NAME
    assert short.endswith(("Giấy… (nếu có)", "tờ… (nếu có)"))


@pytest.mark.parametrize(
    "row",
    [
        *tables.read(__file__, "no_papers.yaml"),
        ("(" + "xe tạm nhập khẩu " * 20 + ").", 1, 0, ""),
    ],
)
def test_what_is_no_paper_is_left_out_and_told(table: Callable, row: tuple) -> None:
    left_out, facts = table(("Đơn xin cấp thẻ", 1, 0, ""), row, ("Ảnh chân dung", 2, 0, ""))
    assert list(facts.papers) == [1, 3]
    assert [problem.column for problem in left_out] == ["giay_to 2"]


def test_absurd_number_is_blank(table: Callable) -> None:
    _left_out, facts = table(("Đơn năm", 20261, 1, ""))
    assert facts.papers == {1: Document("Đơn năm", "", None, 1)}


def test_paper_that_not_everybody_needs(table: Callable) -> None:
    _left_out, facts = table(
        ("Giấy ủy quyền (nếu có)", 1, 0, ""), ("Trường hợp mất thẻ thì nộp đơn trình báo", 1, 0, "")
    )
    assert [(paper.name, paper.required) for paper in facts.papers.values()] == [
        ("Giấy ủy quyền", False),
        ("Trường hợp mất thẻ thì nộp đơn trình báo", False),
    ]


def test_cases_come_back_and_headings_are_none(table: Callable) -> None:
    same = "Đối với người đọc là " + "học sinh, " * 20
    _left_out, facts = table(
        ("Đơn", 1, 0, "Thành phần hồ sơ"),
        ("Thẻ cũ", 1, 0, "* Trường hợp đổi thẻ, hồ sơ bao gồm:"),
        ("Ảnh", 1, 0, "* Trường hợp đổi thẻ, hồ sơ bao gồm:"),
        ("Giấy A", 1, 0, same + "ở xã"),
        ("Giấy B", 1, 0, same + "ở phường"),
        ("Giấy C", 1, 0, same + "ở xã"),
        ("Giấy D", 1, 0, same + "ở phường"),
    )
    first, second, third, *others = (paper.case for paper in facts.papers.values())
    assert (first, second, third) == ("", "Trường hợp đổi thẻ", "Trường hợp đổi thẻ")
    assert others == [others[0], f"{others[0]} (2)"] * 2


@pytest.mark.parametrize(
    ("texts", "amounts"),
    [
        (("Miễn phí", "Miễn phí"), [0]),
        (("20,000 VNĐ(/thẻ)", "10,000 VNĐ"), [20_000, 10_000]),
        (("Miễn phí", "Miễn phí(Mức lệ phí do tỉnh quyết định)"), []),
        (("Miễn phí", "20,000 VNĐ"), [20_000]),
        (("Miễn phí(Miễn lệ phí cho trẻ em)", "20,000 VNĐ"), [0, 20_000]),
        (("200 VNĐ", "200 VNĐ"), []),
    ],
)
def test_only_certain_fees(table: Callable, texts: tuple[str, str], amounts: list[int]) -> None:
    ways = [{"kenh": "truc_tiep", "thoi_gian": "3", "don_vi": "Ngày", "mo_ta": text} for text in texts]
    _left_out, facts = table(cach_thuc=ways)
    assert [fee.amount for fee in facts.fees] == amounts
