from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.lifecycle.rules.codes import (
    LARGEST_NUMBER,
    LOOKUP_ALPHABET,
    CodeError,
    format_dossier_code,
    format_feedback_code,
    make_lookup_key,
    normalise_lookup_key,
    normalise_procedure_code,
    read,
    read_feedback_code,
    refusal,
)
from tenants.agency_codes import is_agency_code
from tests import tables

CASES = tables.read(__file__, "typed_codes.yaml")

DAY = date(2026, 11, 25)

UNREADABLE = [
    "H15.08\x00-261125-0042",
    "H15.08-261125-0042\ud800",
    "\x1b[31mH15",
    "9" * 101,
    "H" * 10_000_000,
]
UNREADABLE_IDS = ["NUL", "surrogate", "escape", "long", "ten megabytes"]


class TestFormat:
    @pytest.mark.parametrize(
        ("agency", "number", "code"),
        [
            ("H15.50.05.13", 1, "H15.50.05.13-261125-0001"),
            ("H15", 42, "H15-261125-0042"),
            ("H15.08", 9_999, "H15.08-261125-9999"),
            ("H15.08", 10_000, "H15.08-261125-10000"),
            ("H15.08", LARGEST_NUMBER, "H15.08-261125-9999999"),
        ],
    )
    def test_a_code(self, agency, number, code):
        assert format_dossier_code(agency, DAY, number) == code

    @pytest.mark.parametrize(
        ("agency", "day", "number"),
        [
            ("H15.08", DAY, 0),
            ("H15.08", DAY, LARGEST_NUMBER + 1),
            ("H15.08", date(1999, 12, 31), 1),
            ("H15.08", date(2100, 1, 1), 1),
            ("h15.08", DAY, 1),
            ("H15.08\n", DAY, 1),
            ("000.00.01.H29", DAY, 1),
            ("", DAY, 1),
        ],
    )
    def test_what_would_be_no_code_is_refused(self, agency, day, number):
        with pytest.raises(CodeError):
            format_dossier_code(agency, day, number)


agencies = st.builds(
    lambda letter, number, groups: ".".join([f"{letter}{number:02d}", *groups]),
    st.sampled_from("GHK"),
    st.integers(1, 99),
    st.lists(st.integers(0, 99).map("{:02d}".format), max_size=6),
)
days = st.dates(date(2013, 1, 1), date(2099, 12, 31))


@given(agencies, days, st.integers(1, LARGEST_NUMBER))
def test_a_code_that_was_made_is_read_back(agency, day, number):
    text = format_dossier_code(agency, day, number)
    found = read(text)
    assert found is not None
    assert (found.text, found.province_code) == (text, agency[:3])


@given(agencies, days, st.integers(1, 9_999))
def test_a_code_without_any_separator_is_read_or_asked_back_but_never_misread(agency, day, number):
    code = format_dossier_code(agency, day, number)
    found = read(code.replace("-", "").replace(".", ""))
    assert found is None or found.text == code


@pytest.mark.parametrize(("typed", "code"), CASES["typed"])
@pytest.mark.parametrize("amid", [False, True])
def test_a_code_is_read_however_it_is_typed(typed, code, amid):
    assert read(typed, amid=amid).text == code


@pytest.mark.parametrize("text", UNREADABLE, ids=UNREADABLE_IDS)
@pytest.mark.parametrize("refuse", [normalise_lookup_key, normalise_procedure_code])
def test_unreadable_input_is_refused_in_words(refuse, text):
    assert read(text) is None
    assert refusal(text).message.startswith("Mã ông/bà nhập")
    with pytest.raises(CodeError, match="Mã ông/bà nhập"):
        refuse(text)


@given(st.text() | st.text("Hh2308611đươOIl|.-– ", max_size=30))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    if (found := read(text)) is not None:
        assert read(found.text) == found
    assert refusal(text).message
    for refuse in (normalise_lookup_key, normalise_procedure_code):
        with suppress(CodeError):
            refuse(text)


@pytest.mark.parametrize(
    ("text", "province"), [("H15.50.05.13-261008-0975", "H15"), ("000.00.01.H29-180815-0001", "H29")]
)
def test_the_province_is_found_in_both_forms(text, province):
    assert read(text).province_code == province


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "đọc được “”"),
        ("xin chào", "đọc được “XIN-CHAO”"),
        ("H15.08-261125-042", "chưa đúng dạng"),
        ("H15.08-261125-12345678", "chưa đúng dạng"),
        ("H15.08-26112-0042", "chưa đúng dạng"),
        ("Z15.08-261125-0042", "chưa đúng dạng"),
        ("H15.1.2.3.4.5.6.7-261125-0042", "chưa đúng dạng"),
        ("H15.08-٢٦١١٢٥-0042", "chưa đúng dạng"),
        ("H15.08-261332-0042", "Phần ngày “261332”"),
        ("H15.08-260229-0042", "Phần ngày “260229”"),
    ],
)
def test_what_is_no_code_is_said_politely(text, sentence):
    assert read(text) is None
    error = refusal(text)
    assert sentence in error.message % error.params


def test_two_readings_are_not_guessed_between():
    # H15.01 on 1 January 2011, number 0042, or H15.0 on 10 October 2011, number 10042.
    assert read("H15.011101010042") is None


@pytest.mark.parametrize("code", ["H15", "H15.50.05.13", "G09.123", "H15.1.2.3.4.5.6", "000.00.01.H29"])
def test_agency_codes(code):
    assert is_agency_code(code)


@pytest.mark.parametrize(
    "code",
    ["", "h15", "H1", "H155", "Z15", "H15.", "H15..05", "H15.1234", "H15.1.2.3.4.5.6.7", "H15\n", "H15.٠٨"],
)
def test_what_is_no_agency_code(code):
    assert not is_agency_code(code)


class TestLookupKey:
    def test_the_alphabet_survives_vietnamese_input_software(self):
        assert not set(LOOKUP_ALPHABET) & set("AEIOUYDFJRSWXZ01")

    def test_every_letter_can_come_up(self):
        letters = {make_lookup_key(lambda _, n=number: n) for number in range(len(LOOKUP_ALPHABET))}
        assert letters == {letter * 6 for letter in LOOKUP_ALPHABET}

    def test_the_source_is_asked_for_the_whole_alphabet(self):
        asked = []
        make_lookup_key(lambda below: asked.append(below) or 0)
        assert asked == [20] * 6

    @pytest.mark.parametrize(
        "typed",
        ["bck7q9", " BCK-7Q9 ", "b c k 7 q 9", "ＢＣＫ７Ｑ９", "BCK.7Q9", "B\u0309CK–7Q9", "bck7q9\n"],
    )
    def test_a_key_is_read_however_it_is_typed(self, typed):
        assert normalise_lookup_key(typed) == "BCK7Q9"

    @given(st.text(LOOKUP_ALPHABET, min_size=6, max_size=6))
    def test_no_two_keys_become_one(self, key):
        assert normalise_lookup_key(key.lower()) == key


class TestProcedureCode:
    @pytest.mark.parametrize(
        "typed",
        [
            "1.000894",
            "1000894",
            "1 000894",
            "1-000894",
            " 1.000894\n",
            "1.000894.000.00.00.H61",
            "1.000894.H61",
        ],
    )
    def test_it_is_read_however_it_is_typed(self, typed):
        assert normalise_procedure_code(typed) == "1.000894"

    @pytest.mark.parametrize("typed", ["", "1.00894", "1.0008940", "11.000894", "khai sinh", "1.013395.01"])
    def test_anything_else_is_refused(self, typed):
        with pytest.raises(CodeError, match="mã thủ tục"):
            normalise_procedure_code(typed)


class TestFeedbackCode:
    def test_it_has_day_and_number(self):
        assert format_feedback_code(DAY, 1) == "PA-261125-0001"
        assert format_feedback_code(DAY, 12345) == "PA-261125-12345"

    @pytest.mark.parametrize(
        "typed", ["PA-261125-0001", "pa 261125 0001", "PA2611250001", "Pa–261125–0001", "ＰＡ-261125-0001\t"]
    )
    def test_it_is_read_as_typed(self, typed):
        assert read_feedback_code(typed) == "PA-261125-0001"

    @pytest.mark.parametrize(
        "typed", ["", "PA", "H15.08-261125-0001", "PA-261125-1", "PA-261125-00000001", "\0"]
    )
    def test_anything_else_is_no_code(self, typed):
        with pytest.raises(CodeError):
            read_feedback_code(typed)
