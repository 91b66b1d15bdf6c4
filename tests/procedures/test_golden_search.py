"""The hundred questions of `golden_search.csv` against the catalogue that ships."""

import pytest

from procedures.selection import apply_selection
from tests.procedures import golden

LEAST = 95


def test_there_are_a_hundred_different_questions() -> None:
    texts = [question.text for question in golden.questions()]
    assert len(texts) == len(set(texts)) == 100


@pytest.mark.usefixtures("province")
def test_people_find_what_they_ask_for_in_the_first_three() -> None:
    apply_selection(golden.selection())
    misses = golden.misses()
    assert 100 - len(misses) >= LEAST, "\n".join(misses)
