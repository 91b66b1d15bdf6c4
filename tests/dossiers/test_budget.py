"""Who counts as one guesser."""

import pytest

from dossiers.budget import Guesser, block


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("unknown", "unknown"),
    ],
)
def test_block_is_what_one_guesser_changes_at_no_cost(address: str, expected: str) -> None:
    assert block(address) == expected


@pytest.mark.parametrize("typed", ["h15.08-261125-0001", "H15.08 261125 0001", " H15.08–261125–0001 "])
def test_spellings_of_one_code_share_a_budget(typed: str) -> None:
    assert Guesser.at("", typed) == Guesser.at("", "H15.08-261125-0001")
