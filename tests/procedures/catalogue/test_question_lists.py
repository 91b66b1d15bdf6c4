"""The lists by which the search is measured. No message of a failure shows an unseen question."""

import random
from collections import Counter

import pytest

from procedures.catalogue.contents import national
from tests.procedures.question_lists import FILES, SEED, UNSEEN, questions


@pytest.mark.parametrize(
    ("name", "languages"), [("public", {"vi": 50, "en": 10}), ("catalogue", {"vi": 292, "en": 20})]
)
def test_the_unseen_half_is_the_one_that_was_drawn(name: str, languages: dict[str, int]) -> None:
    unseen = set(questions(UNSEEN[name]))
    both = sorted([*questions(name), *unseen], key=lambda question: question.text)
    random.Random(SEED).shuffle(both)
    both.sort(key=lambda question: (question.language, bool(question.codes)))
    as_drawn = set(both[::2]) == unseen
    assert as_drawn
    assert len(both) == len({question.text for question in both})
    assert Counter(question.language for question in both) == languages


@pytest.mark.parametrize("name", FILES)
def test_every_code_is_in_the_catalogue_that_ships(name: str) -> None:
    shipped = {record.code for record in national.load().records}
    assert [code for question in questions(name) for code in question.codes - shipped] == []
