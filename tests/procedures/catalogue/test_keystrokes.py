import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.catalogue.search.telex_repair import repair
from tenants.text import fold


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng kys keets hoon", "dang ky ket hon"),
        ("d9a8ng ky1 ke61t ho6n", "dang ky ket hon"),
        ("hofo sow cuar tooi", "ho so cua toi"),
        ("ho62 so7 cu3a to6i", "ho so cua toi"),
        ("dduwowcj", "duoc"),
        ("ddaats", "dat"),
        ("thuwongf binh", "thuong binh"),
        ("sor ddor", "so do"),
    ],
)
def test_what_was_typed_with_the_input_method_off(typed: str, meant: str) -> None:
    assert repair(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Đăng ký kết hôn",
        "giấy khai sinh",
        "hộ kinh doanh",
        "gks",
        "dkkh",
        "h15",
        "1.000894",
        "covid19",
        "hello",
        "quốc tịch",
    ],
)
def test_what_was_typed_as_it_should_be_stays(text: str) -> None:
    assert repair(text) == fold(text)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    repair(text)
