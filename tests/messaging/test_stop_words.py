import unicodedata

import pytest

from messaging.stop_words import Meaning, meaning


@pytest.mark.parametrize(
    "text",
    [
        "TẮT TIN", "tat tin", "Tắt tin!", "  TAT   TIN. ", "TẮT-TIN", "STOP", "stop", "Dừng", "DỪNG LẠI", "thôi",
        "Tắt", "ngừng nhận tin", "Không nhận tin nữa", "TC", "Unsubscribe", "hủy nhận tin", "ＴＡＴ ＴＩＮ",
    ],
)  # fmt: skip
def test_these_words_stop(text: str) -> None:
    assert meaning(text) is Meaning.STOP


@pytest.mark.parametrize(
    "text", ["HUY", "HỦY", "HUỶ", "hủy", "hủy bỏ", "Huy.", "dung", "DUNG", "thoi", "tat", "cancel"]
)
def test_these_words_are_asked_about(text: str) -> None:
    assert meaning(text) is Meaning.ASK_BACK


@pytest.mark.parametrize(
    "text",
    [
        "", "đúng", "Đúng", "tất", "thời", "Dùng", "ok", "Cảm ơn", "H15.08-261125-0042", "tắt tin đi em ơi, phiền quá",
        "hủy hồ sơ giúp tôi", "🙂", "tat tin " * 100, "\0",
    ],
)  # fmt: skip
def test_other_words_mean_nothing_here(text: str) -> None:
    assert meaning(text) is Meaning.NOTHING


@pytest.mark.parametrize("text", ["TẮT TIN", "Dừng", "đúng", "HUỶ"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_ways_to_write_marks_are_the_same(text: str, form: str) -> None:
    assert meaning(unicodedata.normalize(form, text)) is meaning(text)  # type: ignore[arg-type]
