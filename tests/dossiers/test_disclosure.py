"""Too few dossiers point at a person: their numbers are held back, and cannot be worked out from the rest."""

from decimal import Decimal

import pytest

from dossiers.statistics import Counts, Group
from dossiers.transparency import disclosure_control


def held(*totals: int) -> list[int]:
    """Which of the groups, by their totals, are told without numbers."""
    told = disclosure_control.groups(
        Group(str(place), "", Counts(received=total)) for place, total in enumerate(totals)
    )
    return [total for total, one in zip(totals, told, strict=True) if one.counts is None]


@pytest.mark.parametrize(
    ("totals", "hidden"),
    [
        ((10, 11), []),
        ((9, 50, 9), [9, 9]),
        ((0, 1), [0, 1]),
        ((), []),
    ],
)
def test_a_group_of_fewer_than_ten_is_held_back(totals: tuple[int, ...], hidden: list[int]) -> None:
    assert held(*totals) == hidden


def test_the_whole_minus_the_rest_does_not_tell_a_held_group() -> None:
    assert held(3, 40, 12, 80) == [3, 12]


def test_order_is_kept() -> None:
    groups = [Group(key, "", Counts(received=number)) for key, number in (("b", 20), ("a", 3), ("c", 9))]
    assert [told.key for told in disclosure_control.groups(groups)] == ["b", "a", "c"]


def test_a_province_with_few_dossiers_is_held_back_too() -> None:
    assert disclosure_control.whole(Counts(received=9)).counts is None
    assert disclosure_control.whole(Counts(received=10)).total == 10


def test_a_rate_stands_on_ten_with_a_term() -> None:
    assert disclosure_control.whole(Counts(received=20, without_term=11)).on_time_rate is None
    assert disclosure_control.whole(Counts(received=20, without_term=10, late=1)).on_time_rate == Decimal(
        "90.00"
    )


def test_days_stand_on_ten_settled() -> None:
    counts = {
        "received": 20,
        "mean_days": Decimal(3),
        "median_days": Decimal(2),
        "ninetieth_days": Decimal(5),
    }
    few = disclosure_control.whole(Counts(settled_before=9, **counts))
    enough = disclosure_control.whole(Counts(settled_before=10, **counts))
    assert {few.mean_days, few.median_days, few.ninetieth_days} == {None}
    assert (enough.mean_days, enough.median_days, enough.ninetieth_days) == (3, 2, 5)


def test_the_online_share_stands_on_ten_received() -> None:
    assert disclosure_control.whole(Counts(opening=20, received=9, online=9)).online_share is None
    assert disclosure_control.whole(Counts(received=10, online=5)).online_share == 50
