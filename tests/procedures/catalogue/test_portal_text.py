import time

import pytest

from procedures.catalogue.formats.base import FeeItem, LegalText, Step
from procedures.catalogue.formats.portal_json import read_fees, read_legal_basis, read_steps
from tests import tables


def fees(*texts: str) -> tuple[tuple[FeeItem, ...], int]:
    found, problems = read_fees([("direct", text) for text in texts])
    return found, len(problems)


@pytest.mark.parametrize(
    ("text", "amount", "note"),
    [
        ("Miễn phí", 0, ""),
        ("Miễn phí(Không quy định)", 0, "Không quy định"),
        ("Miễn phí((Miễn lệ phí.))", 0, "Miễn lệ phí."),
        ("Miễn phí05 ngày làm việc theo quy định", 0, ""),
        ("150,000 Việt Nam Đồng(mỗi giấy)", 150_000, "mỗi giấy"),
        ("Không có thông tin8,000 VNĐ", 8_000, ""),
    ],
)
def test_plain_fees(text: str, amount: int, note: str) -> None:
    assert fees(text) == ((FeeItem(amount=amount, note=note),), 0)


@pytest.mark.parametrize(
    "text",
    tables.read(__file__, "portal_texts.yaml"),
)
def test_contradicting_fees_are_reported_without_amount(text: str) -> None:
    found, problems = fees(text)
    assert [fee.amount for fee in found] == [None]
    assert problems == 1


def test_several_amounts_in_one_cell() -> None:
    found, _problems = fees("100,000 VNĐ(lần đầu)50,000 VNĐ(cấp lại)")
    assert [fee.amount for fee in found] == [100_000, 50_000]


def test_lower_fee_online_is_marked() -> None:
    found, _problems = read_fees([("online", "5,000 VNĐ"), ("direct", "8,000 VNĐ")])
    assert [(fee.amount, bool(fee.online_note)) for fee in found] == [(5_000, True), (8_000, False)]


def test_numbered_steps_take_their_lines_along() -> None:
    text = "Bước 1: Nộp hồ sơ\n- tại quầy\nBước 2: Nhận kết quả"
    assert read_steps(text) == (Step("Bước 1", "Nộp hồ sơ\ntại quầy"), Step("Bước 2", "Nhận kết quả"))


def test_unnumbered_lines_become_steps() -> None:
    assert read_steps("- Nộp hồ sơ\n\n+ Chờ") == (Step("", "Nộp hồ sơ"), Step("", "Chờ"))


def test_legal_texts_glued_together_come_apart() -> None:
    text = (
        "Tên văn bản pháp lýMã văn bảnNghị định số 168/2025/NĐ-CP về đăng ký doanh nghiệp168/2025/NĐ-CP"
        "Luật Doanh nghiệp 202076/2025/QH15Thông tư về phí85/2019/TT-BTC"
    )
    assert read_legal_basis(text) == (
        LegalText("Nghị định số 168/2025/NĐ-CP về đăng ký doanh nghiệp", "168/2025/NĐ-CP"),
        LegalText("Luật Doanh nghiệp 2020", "76/2025/QH15"),
        LegalText("Thông tư về phí", "85/2019/TT-BTC"),
    )


def test_a_law_named_by_its_number_is_one_entry() -> None:
    texts = read_legal_basis("Luật 52/2014/QH1352/2014/QH13Luật Hộ tịch60/2014/QH13")
    assert [text.number for text in texts] == ["52/2014/QH13", "60/2014/QH13"]


# Each would cost N² if a pattern or a loop looked at the rest of the text again and again.
LONG = {
    "digits": (read_legal_basis, "1" * 20_000),
    "numbers": (read_legal_basis, "1/2020/A" * 20_000),
    "letters": (read_legal_basis, "1/2020/" + "A" * 190_000),
    "blank lines": (read_steps, "a" + "\n" * 60_000 + "b"),
    "lines of a step": (read_steps, "Bước 1:\n" + "aaaa\n" * 40_000),
    "brackets": (lambda text: read_fees([("", text)]), "1 VND" + "(" * 90_000 + ")" * 90_000),
    "fees": (lambda text: read_fees([("", text)]), "1 VND" * 40_000),
}


@pytest.mark.parametrize("case", LONG)
def test_no_text_of_a_page_costs_more_than_its_length(case: str) -> None:
    read, text = LONG[case]
    began = time.process_time()
    read(text)
    assert time.process_time() - began < 1
