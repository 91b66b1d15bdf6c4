"""What a text asks for that is about no dossier and no procedure."""

import csv

import pytest
from django.conf import settings

from messaging.inbound.chat.portal import Intent, common_answer, intent_of
from procedures.catalogue.search.telex_repair import repair

NATIONAL = settings.BASE_DIR / "procedures/catalogue/data/national.csv"


def names() -> list[str]:
    """A third of the procedures of the country."""
    with NATIONAL.open(encoding="utf-8", newline="") as stream:
        return [row["name"] for row in csv.DictReader(stream)][::3]


@pytest.mark.parametrize(
    "question",
    ["{}", "lệ phí {}", "lệ phí làm {}", "tôi muốn {}", "lên xã làm {}", "bao giờ làm xong {}", "nộp {} ở đâu",
     "thay đổi địa chỉ {}", "chiều nay tôi muốn {}"],
)  # fmt: skip
def test_who_names_an_errand_is_not_told_the_hours(question: str) -> None:
    asked = [question.format(name) for name in names()]
    assert len(asked) > 700
    plain = [repair(text) for text in asked]
    assert [text for text in plain if intent_of(text) or common_answer(text)] == []


def test_an_everyday_errand_is_no_question_about_dossiers() -> None:
    with NATIONAL.with_name("synonyms.csv").open(encoding="utf-8", newline="") as stream:
        errands = [row["everyday"] for row in csv.DictReader(stream)]
    assert [errand for errand in errands if common_answer(repair(errand))] == []


@pytest.mark.parametrize(
    "text",
    ["tôi muốn mở cửa hàng tạp hóa", "tôi làm việc ở công ty muốn đăng ký tạm trú", "bao giờ tôi nhận hồ sơ",
     "xã làm giấy", "tôi muốn làm hộ chiếu ở xã", "hồ sơ ở đâu rồi", "lệ phí chứng thực ở phường"],
)  # fmt: skip
def test_short_words_that_are_several_are_read_with_their_neighbours(text: str) -> None:
    assert intent_of(repair(text)) is None


@pytest.mark.parametrize(
    "text",
    ["mai có làm việc không", "lễ có nghỉ không", "tết nghỉ mấy ngày", "phường Ea Kao mấy giờ mở cửa", "giờ làm việc Buôn Ma Thuột",
     "UBND xã Ea Kao ở đâu", "bộ phận một cửa xã Hòa Thắng ở chỗ nào", "nhận kết quả ở đâu", "ở đâu vậy",
     "thứ bảy có làm căn cước không"],
)  # fmt: skip
def test_hours_and_places_are_still_asked_for(text: str) -> None:
    assert intent_of(repair(text)) is Intent.DESKS


@pytest.mark.parametrize(
    "text",
    ["không nhận được mã otp gọi ai", "quên mật khẩu dịch vụ công muốn đổi lại", "xin cấp lại mật khẩu vneid ở công an xã",
     "nộp hồ sơ gửi qua bưu điện được không", "chuyển hộ khẩu đến nhà chồng", "gửi con đến nhà trẻ cần giấy gì",
     "bị hàng xóm chửi có kiện được không", "kiểm tra giúp em nộp hồ sơ được chưa", "xem giúp con làm căn cước xong chưa",
     "giấy hẹn không có mã tra cứu", "cây xà cừ to muốn chặt nộp đơn ở đâu", "xe bán rồi bị gửi phạt nguội về nhà",
     "đất khai hoang mà chưa ai làm sổ", "cán bộ gọi điện báo hồ sơ xong, nộp lệ phí ở đâu",
     "nộp phí chuyển khoản hay tiền mặt", "csgt gọi lên nộp phạt", "cổng nhắn tin có đường dẫn để bổ sung giấy tờ"],
)  # fmt: skip
def test_what_only_sounds_like_a_common_question_is_none(text: str) -> None:
    assert common_answer(repair(text)) == ""
