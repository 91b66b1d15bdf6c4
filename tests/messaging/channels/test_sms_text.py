"""The words of a text message: counted as a telephone counts them, cut at a word, the link whole."""

import pytest

from messaging.channels.sms.text import compose, length, without_marks

LINK = "https://daklak.example/h/khoa/"


def test_marks_are_left_out() -> None:
    assert without_marks("Đã tiếp nhận “hồ sơ” – đúng hạn…") == 'Da tiep nhan "ho so" - dung han...'


def test_the_link_stands_whole_at_the_end() -> None:
    words = compose("Kính gửi ông/bà. " * 50, LINK, limit=120, plain=True)
    assert (words.endswith(f"...\n{LINK}"), len(words) <= 120) == (True, True)


def test_words_are_cut_between_words() -> None:
    words = compose("một hai ba bốn năm sáu", "", limit=12, plain=False)
    assert words == "một hai ba…"


def test_short_words_stay_as_they_are() -> None:
    assert compose("Đã xong.", LINK, limit=268, plain=False) == f"Đã xong.\n{LINK}"


def test_a_link_is_not_cut_even_where_it_does_not_fit() -> None:
    assert compose("Đã xong.", LINK, limit=10, plain=False) == LINK


@pytest.mark.parametrize(
    ("written", "plain", "letters"), [("a[b]", True, 6), ("đủ", False, 2), ("😀", False, 2)]
)
def test_letters_are_counted_as_the_telephone_does(written: str, plain: bool, letters: int) -> None:
    assert length(written, plain=plain) == letters


def test_signs_that_count_twice_still_fit() -> None:
    assert length(compose("[x] " * 100, LINK, limit=160, plain=True), plain=True) <= 160
