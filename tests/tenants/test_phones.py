import pytest

from tenants import phone_numbers


def test_one_number_however_written() -> None:
    for written in (
        *("0905123217", "0905 123 217", "+84905123217", "+84 905.123.217", "84905123217"),
        *("0084905123217", "(+84) 0905-123-217"),
    ):
        assert phone_numbers.normalise(written) == "0905123217", written


def test_what_is_no_mobile_number_is_refused_in_vietnamese() -> None:
    for written in (
        *("", "0905", "02623812345", "0105123217", "09051232178", "0905123217 9", "không có"),
        *("0" * 10_000, "٠٩٠٥١٢٣٢١٧"),
    ):
        with pytest.raises(phone_numbers.BadPhone, match="10 chữ số"):
            phone_numbers.normalise(written)


def test_a_number_is_masked_and_spaced_for_reading() -> None:
    assert phone_numbers.mask("0905123678") == "09•• ••• 678"
    assert phone_numbers.spaced("0905123217") == "0905 123 217"
