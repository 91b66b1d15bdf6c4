import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.lifecycle.rules.codes import FoundCode, find_key, looks_like_code, read

CODE = "H15.08-261125-0042"


def find_code(text: str) -> FoundCode | None:
    return read(text, amid=True)


@pytest.mark.parametrize(
    "text",
    [
        CODE, "h15.08-261125-0042", "h15 08 261125 0042", "H150826112500​42", "H15,08–261125—0042", "H 15.08-261125-0042",
        "HI5.O8-26ll25-OO42", "hsH15.08-261125-0042", "ngày 25/11 tôi nộp H15.08-261125-0042, tới đâu rồi?",
        "H15.08-261125-0042 0905123456", "H15.08-261125-0042 ngày 25/11", "Ｈ１５．０８－２６１１２５－００４２",
    ],
)  # fmt: skip
def test_a_code_is_found_however_it_is_typed(text: str) -> None:
    found = find_code(text)
    assert found is not None
    assert (found.text, found.key) == (CODE, "")


def test_a_code_of_the_old_form_is_found() -> None:
    found = find_code("mã 000.00.08.H15-261125-0042 ạ")
    assert found is not None
    assert found.text == "000.00.08.H15-261125-0042"
    assert find_code("mã OOO.OO.O8.H15-261125-OO42 ạ") == found


@pytest.mark.parametrize(
    ("beside", "key"),
    [
        ("bcghkl", "BCGHKL"), ("BCG HKL", "BCGHKL"), ("BCG-HKL", "BCGHKL"), ("mã tra cứu: 234567", "234567"),
        ("mã tra cứu ABC1O2", "ABC1O2"), ("key la bcghkl", "BCGHKL"), ("xong chưa", ""), ("0905123456", ""), ("BCGHK", ""),
        # Letters that no key has: a mistyped key, but no word, and nothing inside a sentence.
        ("AAAAAA", "AAAAAA"), ("k7pqcx", "K7PQCX"), ("K7P-QCX", "K7PQCX"), ("BCGHCX", "BCGHCX"), ("123456", "123456"),
        ("nghiên", ""), ("thanks", ""), ("mai 10h", ""), ("toidau", ""), ("bao giờ", ""), ("xe K7PQCX xong chưa", ""), ("25/11/26", ""),
    ],
)  # fmt: skip
def test_the_key_beside_it(beside: str, key: str) -> None:
    after, before = find_code(f"{CODE} {beside}"), find_code(f"{beside} {CODE}")
    assert after is not None
    assert before is not None
    assert (after.key, before.key) == (key, key)
    assert find_key(beside) == key


@pytest.mark.parametrize("text", ["1.000894", "khai sinh", "0905123456", "", "H15", "giấy A4", "2026-11-25"])
def test_no_code_where_none_is(text: str) -> None:
    assert find_code(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("H15.08-261125-42", True), ("H15.08-991399-0042", True), ("261125-0042", True), ("hs h15 08 2611", True),
        ("khai sinh", False), ("1.000894", False), ("quốc lộ 14 km 20", False), ("giấy A4 2 tờ", False),
    ],
)  # fmt: skip
def test_what_was_meant_as_a_code(text: str, meant: bool) -> None:
    assert looks_like_code(text) is meant


@given(st.text(max_size=400))
def test_no_text_is_too_odd(text: str) -> None:
    find_code(text)
    looks_like_code(text)
    find_key(text)
