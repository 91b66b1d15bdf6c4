"""The lists by which the search is measured. No message of a failure shows an unseen question."""

import random
from collections import Counter

import pytest

from procedures.catalogue.contents import national
from tests.procedures.question_lists import FILES, SEED, UNSEEN, ListedQuestion, questions, score


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


def test_questions_from_public_pages_have_their_address() -> None:
    public = [*questions("public"), *questions(UNSEEN["public"]), *questions("public, more")]
    addressed = all(question.source.startswith(("http://", "https://")) for question in public)
    assert addressed


@pytest.mark.parametrize("name", FILES)
def test_every_code_is_in_the_catalogue_that_ships(name: str) -> None:
    shipped = {record.code for record in national.load().records}
    assert [code for question in questions(name) for code in question.codes - shipped] == []


def test_any_code_answers_and_without_codes_nothing_may_come(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"one of two": ["c", "b"], "another": ["c"], "rightly nothing": [], "something": ["c"]}
    monkeypatch.setattr(ListedQuestion, "answers", lambda question: answers[question.text])
    asked = [ListedQuestion(text, frozenset()) for text in ("rightly nothing", "something")]
    asked += [ListedQuestion(text, frozenset({"a", "b"})) for text in ("one of two", "another")]
    found = score(asked)
    assert (found.found, found.nothing) == (0.5, 0.5)
    assert found.misses == ("something: nothing, not c", "another: a, b, not c")
