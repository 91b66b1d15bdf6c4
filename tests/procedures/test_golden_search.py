"""The questions of `golden_search.csv` against the catalogue that ships."""

import pytest

from procedures.catalogue.local_selection import apply_selection
from procedures.search import search
from tests.procedures import golden, question_lists

MOST_MISSES = 2
LEAST_FOUND = 0.95


def test_questions_are_different() -> None:
    texts = [question.text for question in golden.questions()]
    assert len(texts) == len(set(texts)) > 100


@pytest.mark.usefixtures("province")
def test_people_find_what_they_ask_for_in_the_first_three() -> None:
    apply_selection(golden.selection())
    misses = golden.misses()
    assert len(misses) <= MOST_MISSES, "\n".join(misses)
    with_marks, without = (search.search(query).hits[:5] for query in ("sổ đỏ", "so do"))
    assert with_marks == without
    assert without[0].code == "1.013978", "docs/van-hanh/trinh-dien.md promises it"


@pytest.mark.usefixtures("province")
def test_people_find_what_they_ask_in_the_public() -> None:
    apply_selection(golden.selection())
    for name in ("everyday", "public", "public, more"):
        score = question_lists.score(question_lists.questions(name))
        assert min(score.found, score.nothing) >= LEAST_FOUND, "\n".join(score.misses)
