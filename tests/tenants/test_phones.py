import pytest

from tenants import phone_numbers


@pytest.mark.parametrize(
    "written",
    [
        "0905123217",
        "0905 123 217",
        "+84905123217",
        "+84 905.123.217",
        "84905123217",
        "0084905123217",
        "(+84) 0905-123-217",
    ],
)
def test_one_number_however_written(written: str) -> None:
    assert phone_numbers.normalise(written) == "0905123217"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0905",
        "02623812345",
        "0105123217",
        "09051232178",
        "0905123217 9",
        "không có",
        "0" * 10_000,
        "٠٩٠٥١٢٣٢١٧",
    ],
)
def test_what_is_no_mobile_number_is_refused_in_vietnamese(written: str) -> None:
    with pytest.raises(phone_numbers.BadPhone, match="10 chữ số"):
        phone_numbers.normalise(written)


def test_a_masked_number_shows_two_and_three_digits() -> None:
    assert phone_numbers.mask("0905123678") == "09•• ••• 678"


def test_a_number_is_spaced_for_reading() -> None:
    assert phone_numbers.spaced("0905123217") == "0905 123 217"
