import unicodedata

import pytest

from messaging.inbound.chat.stop_words import Meaning, meaning


@pytest.mark.parametrize(
    "text",
    [
        "TẮT TIN", "tat tin", "Tắt tin!", "  TAT   TIN. ", "TẮT-TIN", "STOP", "stop", "Dừng", "DỪNG LẠI", "Tắt", "ngừng nhận tin", "Không nhận tin nữa", "TC", "Unsubscribe", "hủy nhận tin", "ＴＡＴ ＴＩＮ",
        "tắt tin đi", "tắt tin nhé", "tắt tin ạ", "tôi muốn tắt tin", "xin tắt tin", "tôi không muốn nhận tin nữa",
        "dừng tin", "hủy tin", "hủy đăng ký nhận tin", "đừng nhắn nữa", "thôi đừng nhắn tin nữa", "TẮTTIN",
        "TẮT TIN BÁO HỒ SƠ", "vui lòng dừng gửi tin", "dung nhan tin nua", "em muốn tắt thông báo giúp em với",
        "đừng gửi tin nữa phiền quá", "dung gui tin nua phien qua", "phiền quá, đừng nhắn tin nữa", "đừng làm phiền tôi nữa",
        "thôi đừng gửi gì nữa", "không gửi tin cho tôi nữa nhé", "đừng nhắn cho em nữa, mệt quá rồi",
    ],
)  # fmt: skip
def test_these_words_stop(text: str) -> None:
    assert meaning(text) is Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "HUY", "HỦY", "HUỶ", "hủy", "hủy bỏ", "Huy.", "dung", "DUNG", "thoi", "Thôi", "thôi ạ", "tat", "cancel",
        "hủy hồ sơ", "HUY HS", "rút hồ sơ", "tôi muốn rút hồ sơ", "hủy hồ sơ giúp tôi", "rút hồ sơ H15.08-261125-0042",
        "tắt tin à", "tắt tin?", "tắt tin đi em ơi, phiền quá", "tắt tin H15.08-261125-0042", "không nhận tin",
        "không nhận tin nữa?", "dung nhan tin", "đừng tin",
    ],
)  # fmt: skip
def test_these_words_are_asked_about(text: str) -> None:
    assert meaning(text) is Meaning.ASK_BACK


@pytest.mark.parametrize(
    "text",
    [
        "", "đúng", "Đúng", "tất", "thời", "Dùng", "ok", "Cảm ơn", "H15.08-261125-0042", "🙂", "tat tin " * 100, "\0",
        "không nhận được tin nhắn", "sao không nhận được tin", "đúng nhận tin", "đúng ạ", "đừng", "đừng tắt tin",
        "tôi muốn nhận tin", "rút hồ sơ gốc xe máy", "hủy kết hôn", "tạm dừng kinh doanh", "thôi được rồi em hỏi chút", "phiền quá", "làm phiền ad cho hỏi", "đừng nhận con nuôi nữa",
    ],
)  # fmt: skip
def test_other_words_mean_nothing_here(text: str) -> None:
    assert meaning(text) is Meaning.NOTHING


@pytest.mark.parametrize("text", ["TẮT TIN", "Dừng", "đúng", "HUỶ"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_ways_to_write_marks_are_the_same(text: str, form: str) -> None:
    assert meaning(unicodedata.normalize(form, text)) is meaning(text)  # type: ignore[arg-type]
