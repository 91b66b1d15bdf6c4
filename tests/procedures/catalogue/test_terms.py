import pytest

from procedures.catalogue.formats.base import Term
from procedures.catalogue.formats.terms import read_term
from procedures.catalogue.wording import fee_line
from tests import tables

COLUMNS = ("thời gian", "đơn vị")


def read(*cells: tuple[str, str]) -> tuple[Term, list[str]]:
    term, faults = read_term(cells)
    return term, [COLUMNS[part] for part, _value, _reason in faults]


@pytest.mark.parametrize(
    ("cells", "term"),
    [
        ([("15", "Ngày làm việc")], Term(15, "working_day")),
        ([("15", "Ngày")], Term(15, "calendar_day")),
        ([("8", "Giờ")], Term(8, "hour")),
        ([("2", "Tháng")], Term(2, "month")),
        ([("02", "ngày làm việc")], Term(2, "working_day")),
        ([("", "Trong ngày")], Term(None, "same_day")),
        ([("5", "working_day")], Term(5, "working_day")),
        ([("5", "Ngày làm việc"), ("5", "Ngày làm việc")], Term(5, "working_day")),
        ([("5", "Ngày làm việc"), ("", "")], Term(5, "working_day")),
        ([("", "")], Term()),
        ([], Term()),
    ],
)
def test_plain_terms_are_taken_over(cells: list[tuple[str, str]], term: Term) -> None:
    assert read(*cells) == (term, [])


@pytest.mark.parametrize(
    ("value", "unit", "column"),
    tables.read(__file__, "odd_terms.yaml"),
)
def test_odd_terms_are_reported_and_left_blank(value: str, unit: str, column: str) -> None:
    assert read((value, unit)) == (Term(), [column])


def test_several_terms_are_noted_and_not_chosen_from() -> None:
    term, columns = read(("20", "Ngày"), ("15", "Ngày làm việc"))
    assert term == Term(note="20 ngày; 15 ngày làm việc")
    assert columns == ["thời gian"]


@pytest.mark.parametrize(
    ("amounts", "line"),
    [
        ([], ""),
        ([0, 0], "Miễn phí"),
        ([2_000, 5_000], "2.000–5.000 đồng"),
        ([2_000, None], "2.000 đồng, khác xem ghi chú"),
        ([2_000, None, 5_000], "2.000–5.000 đồng, khác xem ghi chú"),
        ([0, None], "Xem ghi chú"),
        ([None], "Xem ghi chú"),
    ],
)
def test_fees_in_words(amounts: list[int | None], line: str) -> None:
    assert fee_line(("", amount) for amount in amounts) == line
