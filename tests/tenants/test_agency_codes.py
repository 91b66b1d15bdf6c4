"""Whose level-1 code it is, for the answer “thuộc {tỉnh}”."""

import pytest

from tenants.agency_codes import agency_code_owners, province_of


def test_every_code_of_the_63_former_provinces_is_known() -> None:
    assert list(agency_code_owners()) == [f"H{number:02}" for number in range(1, 64)]


def test_the_63_belong_to_the_34_provinces_of_today() -> None:
    assert len({owner.province for owner in agency_code_owners().values()}) == 34


@pytest.mark.parametrize(
    ("code", "province"),
    [
        ("H15", "Tỉnh Đắk Lắk"),
        ("H45", "Tỉnh Đắk Lắk"),
        ("H19", "Thành phố Đồng Nai"),
        ("H10", "Thành phố Đồng Nai"),
        ("H06", "Thành phố Hồ Chí Minh"),
        (" h57 ", "Thành phố Huế"),
    ],
)
def test_a_code_answers_with_the_province_of_today(code: str, province: str) -> None:
    owner = province_of(code)
    assert owner is not None
    assert owner.province == province


@pytest.mark.parametrize("text", ["", "H00", "H64", "G01", "H1", "H15.08", "H15\x00", "\ud800", "H" * 10_000])
def test_anything_else_has_no_owner(text: str) -> None:
    assert province_of(text) is None
