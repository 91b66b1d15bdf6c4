import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.text import expand_query, fold, sort_key, spell, words
from tests import tables

ANY_TEXT = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        *tables.read(__file__, "folded.yaml"),
        (unicodedata.normalize("NFD", "Đăng ký kết hôn"), "dang ky ket hon"),
        ("a\ud800b", "a b"),
    ],
)
def test_fold_table(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(ANY_TEXT)
def test_fold_twice_is_fold_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_fold_ignores_the_unicode_form(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert forms == {fold(text)}


@given(ANY_TEXT)
def test_folded_and_spelled_text_can_always_be_stored_and_searched(text: str) -> None:
    for prepared in (fold(text), spell(text), sort_key(text)):
        prepared.encode()
        assert not set("\x00%_\\") & set(prepared)


def test_words_are_folded() -> None:
    assert words("Sổ đỏ, sổ hồng") == ("so", "do", "so", "hong")


@pytest.mark.parametrize(("old", "new"), [("hòa", "hoà"), ("thủy", "thuỷ"), ("khỏe", "khoẻ")])
def test_spelling_forgives_where_the_tone_stands(old: str, new: str) -> None:
    assert spell(old) == spell(new)


@pytest.mark.parametrize(("one", "other"), [("hòa", "hóa"), ("ma", "má"), ("đo", "do"), ("an", "ân")])
def test_spelling_keeps_different_words_apart(one: str, other: str) -> None:
    assert spell(one) != spell(other)


def test_vietnamese_order() -> None:
    ordered = ["An", "Ăn", "Ân", "ba", "ba ơi", "bà nội", "bả", "bã", "bá", "bạ", "ban", "cấp", "dân", "đăng"]
    ordered += ["em", "êm", "ông", "ơn", "xã", "ý"]
    assert sorted(set(ordered), key=sort_key) == ordered


def test_sort_key_is_ascii() -> None:
    assert sort_key("Đăng ký kết hôn 2026 – 漢").isascii()


@pytest.mark.parametrize(
    ("query", "variants"),
    [
        ("kĩ thuật", ("ki thuat", "ky thuat")),
        ("lý lịch", ("ly lich", "li lich")),
        ("đăng ký", ("dang ky", "dang ki")),
        ("khai sinh", ("khai sinh",)),
        ("tuy hoa", ("tuy hoa",)),
        ("  ", ()),
        ("\x00", ()),
    ],
)
def test_expand_query_pairs_i_and_y(query: str, variants: tuple[str, ...]) -> None:
    assert expand_query(query) == variants
