"""The QR code of an identity card as scanners type it. Numbers and people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.lifecycle.rules.codes import CardError, is_card, read_card
from tests import tables

NUMBER = "066194003814"
WHOLE = f"{NUMBER}|240000001|Nguyễn Thị Minh Họa|14031994|Nữ|12 Đường Minh Họa, Phường Tân Lập|20052021"


def test_a_clean_scan_gives_number_name_and_address() -> None:
    card = read_card(WHOLE)
    assert (card.number, card.name) == (NUMBER, "Nguyễn Thị Minh Họa")
    assert card.address == "12 Đường Minh Họa, Phường Tân Lập"


@pytest.mark.parametrize(
    "name",
    tables.read(__file__, "cards.yaml"),
    ids=["Telex", "VNI", "question marks", "replacement signs", "one word", "nothing", "digits"],
)
def test_of_a_garbled_scan_only_the_number_is_taken(name: str) -> None:
    card = read_card(f"{NUMBER}||{name}|14031994|N?|12 ???ng|20052021")
    assert (card.number, card.name, card.address) == (NUMBER, "", "")


@pytest.mark.parametrize("text", ["", "|", "123|", "abc|def", "06619400381|x", "https://example.vn/|"])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(CardError, match="Không đọc được mã trên thẻ"):
        read_card(text)


def test_a_typed_number_is_no_card() -> None:
    assert not is_card(NUMBER)
    assert is_card(WHOLE)


@given(st.text(max_size=600))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        card = read_card(text)
    except CardError:
        return
    assert card.number.isdigit()
