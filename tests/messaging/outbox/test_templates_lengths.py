"""Every text of the installation, at its longest. All values are invented."""

import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.lifecycle.result_delivery import SENTENCES
from messaging.outbox import wording as templates
from messaging.outbox.wording import BODY_MAX, BUTTON_MAX, MORE, TITLE_MAX, Rendered
from tests.deep import DEEP

NAME, CODE, PLACE, PHONE = (
    "Nguyễn Thị Minh Họa Dài Dòng An",
    "H15.08-261125-00000000000000042",
    "Đ" * 60,
    "02000000000",
)
MOMENT, DAY = "16:30, 08/12/2026", "08/12/2026"
LONGEST = {
    "ho_ten": NAME[:30],
    "ma_ho_so": CODE[:30],
    "thu_tuc": "Đăng ký khai sinh",
    "trang_thai": "Cần nộp thuế, phí, lệ phí",
    "luc": MOMENT,
    "ngay": DAY,
    "ngay_hen": MOMENT,
    "ngay_hen_cu": MOMENT,
    "cau_ngay_hen": f"Hẹn trả kết quả: {MOMENT}.",
    "don_vi": PLACE,
    "nguoi_xu_ly": NAME[:30],
    "nguoi_nhan": NAME[:30],
    "noi_tra": PLACE,
    "noi_nop": PLACE,
    "cau_nhan": SENTENCES["counter"] % {"desk": PLACE},
    "cach_nop": f"tại {PLACE}",
    "dien_thoai": PHONE,
    "so_tien": "1.000.000.000 đồng",
    "ben_thu": "nơi thu ghi trong thông báo nộp tiền",
    "cau_thoi_han": "Thời hạn được tính lại từ đầu khi nhận đủ giấy tờ.",
    "han_bo_sung": MOMENT,
    "han_nop": MOMENT,
    "han_nhap": MOMENT,
    "so_quyet_dinh": "00/QĐ-UBND",
    "tieu_de": "Lịch tiếp công dân tháng 12",
    "noi_thong_bao": PLACE,
    "ma_xac_nhan": "000000",
    "so_phut": "10",
    "viec": "chứng thực số điện thoại khi nộp hồ sơ trực tuyến",
}
WORDS = ("giay_to", "ly_do", "tom_tat")
NAMES = templates.names()


def rendered(name: str, words: str, **changed: str) -> Rendered:
    values = {**LONGEST, **dict.fromkeys(WORDS, words), **changed}
    return templates.render_text(name, templates.default(name), values)


@pytest.mark.parametrize("name", NAMES)
def test_the_longest_message_is_sent_with_every_date_code_and_place_whole(name: str) -> None:
    templates.check(name, templates.default(name))
    told = rendered(name, "Bản sao có chứng thực giấy tờ về quyền sử dụng đất, " * 40)
    asked = templates.default(name).placeholders - set(WORDS)
    assert len(templates.for_channel(told.body, may_show_phone=True)) <= BODY_MAX
    assert [key for key in asked if LONGEST[key] not in f"{told.title} {told.body}"] == []


@pytest.mark.parametrize(
    "name", [name for name in NAMES if set(WORDS) & templates.default(name).placeholders]
)
def test_long_words_of_the_staff_give_way_and_say_where_the_rest_is(name: str) -> None:
    """The rest is behind the message's button, and of no other portal."""
    assert "… (xem đủ ở trang kèm tin)" in rendered(name, "giấy chứng nhận " * 100).body


@settings(max_examples=150 if DEEP else 50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    words=st.text(max_size=2500),
    reader=st.text(max_size=300),
    decomposed=st.booleans(),
)
def test_nothing_typed_makes_a_message_fail_or_too_long(name, words, reader, decomposed):
    form: Any = "NFD" if decomposed else "NFC"
    told = rendered(
        name,
        unicodedata.normalize(form, f"Thiếu giấy tờ về đất đai ở thửa số {words}"),
        ho_ten=unicodedata.normalize(form, reader),
    )
    shown = templates.for_channel(told.body, may_show_phone=True)
    assert (len(told.title) <= TITLE_MAX, len(shown) <= BODY_MAX, len(told.button) <= BUTTON_MAX) == (
        True,
        True,
        True,
    )
    assert shown == unicodedata.normalize("NFC", shown)


def test_decomposed_words_are_counted_as_they_are_read() -> None:
    words = "Thiếu chứng thực " * 6
    assert rendered("refused", unicodedata.normalize("NFD", words)).body == rendered("refused", words).body


def test_two_long_values_share_the_room() -> None:
    body = rendered("supplement", "giấy tờ " * 60).body
    papers = body.partition("bổ sung: ")[2].partition(MORE)[0]
    reason = body.partition("Lý do: ")[2].partition(MORE)[0]
    assert abs(len(papers) - len(reason)) <= 8
