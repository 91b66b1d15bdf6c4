import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.catalogue.search.spelling import deletions, one_slip_apart, tolerant

WORD = st.text(string.ascii_lowercase, min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hon", "hom"), ("hon", "ho"), ("hon", "hono"), ("hon", "hno"), ("nghia", "nghai"), ("an", "na")],
)
def test_one_slip(one: str, other: str) -> None:
    assert one_slip_apart(one, other)
    assert one_slip_apart(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hon", "hon"), ("hon", "hamm"), ("hon", "h"), ("abcd", "badc"), ("hon", "noh"), ("", "ab")],
)
def test_no_slip_or_more_than_one(one: str, other: str) -> None:
    assert not one_slip_apart(one, other)


@given(WORD, st.data())
def test_every_slip_shares_a_deletion(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    slips = [word[:place] + letter + word[place + 1 :], word[:place] + letter + word[place:], swapped]
    for slip in slips:
        assert slip == word or one_slip_apart(word, slip)
        assert set(deletions(word)) & set(deletions(slip))


@pytest.mark.parametrize("word", ["so", "1000", "h15", "x" * 100])
def test_short_words_and_numbers_are_taken_as_they_are(word: str) -> None:
    assert not tolerant(word)
