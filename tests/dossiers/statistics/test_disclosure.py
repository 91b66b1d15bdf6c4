"""Too few dossiers point at a person: their numbers are held back, and cannot be worked out from the rest."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from dossiers.statistics.periods import Period
from dossiers.statistics.results import Counts, Group
from dossiers.statistics.transparency import disclosure_control
from dossiers.statistics.transparency.disclosure_control import PublishedGroup

OCTOBER = Period("month", date(2026, 10, 1))


def whole(counts: Counts) -> PublishedGroup:
    return disclosure_control.whole(OCTOBER, {OCTOBER: counts})


def counted(sizes: Mapping[str, int]) -> list[Group]:
    return [Group(key, "", Counts(received=number)) for key, number in sizes.items()]


def held(*totals: int) -> list[int]:
    """Which of the groups, by their totals, are published without numbers."""
    groups = counted({str(place): total for place, total in enumerate(totals)})
    published = disclosure_control.groups(OCTOBER, {OCTOBER: groups})
    return [total for total, one in zip(totals, published, strict=True) if one.counts is None]


@pytest.mark.parametrize(
    ("totals", "hidden"),
    [
        ((10, 11), []),
        ((3, 40, 12, 80), [3, 12]),
        ((9, 50, 9), [9, 9]),
        ((0, 1), [0, 1]),
        ((), []),
    ],
)
def test_a_group_of_fewer_than_ten_is_held_back_and_the_next_if_the_whole_would_tell_it(totals, hidden):
    assert held(*totals) == hidden


@pytest.mark.parametrize(
    ("months", "published"),
    [
        ([{"a": 20, "b": 20}, {"a": 20, "b": 20}, {"a": 20, "b": 20}], {"a": 60, "b": 60}),
        ([{"a": 20, "b": 20, "c": 20}, {"a": 20, "b": 20, "c": 20}, {"a": 1, "b": 12, "c": 20}], {"c": 60}),
        ([{"a": 5}, {"a": 4}, {}], {}),
        ([{"a": 6}, {"a": 6}, {}], {"a": 12}),
    ],
    ids=["all published", "one month holds back", "too few in all", "no month says anything"],
)
def test_a_quarter_less_its_months_tells_no_group_of_a_month(months, published):
    quarter = Period("quarter", date(2026, 10, 1))
    whole = {key: sum(month.get(key, 0) for month in months) for key in months[0]}
    groups = {one: counted(sizes) for one, sizes in zip(quarter.parts, months, strict=True)}
    for period in (quarter, Period("year", date(2026, 1, 1))):
        groups[period] = counted(whole)
        found = disclosure_control.groups(period, groups)
        assert {one.key: one.total for one in found if one.counts} == published


def test_a_province_and_its_rates_and_shares_stand_on_ten_too() -> None:
    assert whole(Counts(received=9)).counts is None
    assert whole(Counts(received=10)).total == 10
    assert whole(Counts(received=20, without_term=11)).measure("on_time_rate") is None
    assert whole(Counts(received=20, without_term=10, late=1)).measure("on_time_rate") == Decimal("90.00")
    assert whole(Counts(opening=20, received=9, online=9)).measure("online_share") is None
    assert whole(Counts(received=10, online=5)).measure("online_share") == 50


def test_days_stand_on_ten_settled() -> None:
    days = {"mean_days": Decimal(3), "median_days": Decimal(2), "ninetieth_days": Decimal(5)}
    few = whole(Counts(received=20, settled_before=9, **days))
    enough = whole(Counts(received=20, settled_before=10, **days))
    assert {few.measure(name) for name in days} == {None}
    assert {name: enough.measure(name) for name in days} == days


def _rank(rows: list[list[int]]) -> int:
    """How many of these rows do not follow from the others."""
    left, found = [list(map(Fraction, row)) for row in rows], 0
    for column in range(12):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        found += 1
        left.remove(pivot)
        for row in left:
            share = row[column] / pivot[column]
            row[:] = [one - share * other for one, other in zip(row, pivot, strict=True)]
    return found


@pytest.mark.parametrize("groups", [1, 6], ids=["a province as a whole", "its groups"])
@pytest.mark.parametrize("seed", range(6))
def test_no_sum_of_published_numbers_tells_a_month_that_is_held_back(seed: int, groups: int) -> None:
    chance = Random(seed)
    year = Period.of("year", date(2026, 1, 1))
    months = [month for quarter in year.parts for month in quarter.parts]
    usual = {f"nhóm {number}": chance.choice([1, 4, 9, 12, 30]) for number in range(groups)}
    sizes: dict[Period, dict[str, int]] = {
        month: {key: int(chance.gauss(most, most / 2 + 1)) for key, most in usual.items()} for month in months
    }
    sizes = {month: {key: n for key, n in found.items() if n > 0} for month, found in sizes.items()}
    periods = year.with_parts
    shown = {period: disclosure_control.part_of(period, sizes).shown for period in periods}
    for key in usual:
        published = [
            [int(month in period.with_parts and key in sizes[month]) for month in months]
            for period in periods
            if key in shown[period]
        ]
        secret = [month for month in months if key in sizes[month] and key not in shown[month]]
        for month in secret:
            alone = [int(month == one) for one in months]
            assert _rank([*published, alone]) > _rank(published), (key, month)
