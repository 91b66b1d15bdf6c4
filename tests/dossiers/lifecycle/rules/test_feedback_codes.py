"""Codes of feedback, made and read as people type them."""

from datetime import date

import pytest

from dossiers.lifecycle.rules.codes import CodeError, format_feedback_code, read_feedback_code


def test_code_has_day_and_number() -> None:
    assert format_feedback_code(date(2026, 11, 25), 1) == "PA-261125-0001"


def test_number_grows_beyond_four_digits() -> None:
    assert format_feedback_code(date(2026, 11, 25), 12345) == "PA-261125-12345"


@pytest.mark.parametrize(
    "typed", ["PA-261125-0001", "pa 261125 0001", "PA2611250001", "Pa–261125–0001", "ＰＡ-261125-0001\t"]
)
def test_code_is_read_as_typed(typed: str) -> None:
    assert read_feedback_code(typed) == "PA-261125-0001"


@pytest.mark.parametrize("typed", ["", "PA", "H15.08-261125-0001", "PA-261125-1", "PA-261125-00000001", "\0"])
def test_anything_else_is_no_code(typed: str) -> None:
    with pytest.raises(CodeError):
        read_feedback_code(typed)
