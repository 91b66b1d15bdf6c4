"""The questions of `golden_search.csv` against the catalogue that ships."""

from collections.abc import Iterator
from typing import Any

import pytest

from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.search import search
from tenants.isolation.context import province_context
from tests.procedures import golden, question_lists
from tests.provinces import undone

MOST_MISSES = 2
LEAST_FOUND = 0.95


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The catalogue that ships, chosen from once: its transaction spans the tests, which only ask."""
    with django_db_blocker.unblock(), province_context("daklak"), undone():
        apply_selection(golden.selection())
        yield


@pytest.mark.usefixtures("shipped")
def test_people_find_what_they_ask_for_in_the_first_three() -> None:
    misses = golden.misses()
    assert len(misses) <= MOST_MISSES, "\n".join(misses)
    with_marks, without = (search.search(query).hits[:5] for query in ("sổ đỏ", "so do"))
    assert with_marks == without
    assert without[0].code == "1.013978", "docs/van-hanh/trinh-dien.md promises it"


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    "name",
    [
        "everyday",
        "public",
        *(pytest.param(long, marks=pytest.mark.deep) for long in ("public, more", "catalogue")),
    ],
)
def test_people_find_what_they_ask_in_the_public(name: str) -> None:
    score = question_lists.score(question_lists.questions(name))
    assert min(score.found, score.nothing) >= LEAST_FOUND, "\n".join(score.misses)
