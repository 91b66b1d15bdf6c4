"""Disclosure control: which figures of a group may be published.

Among few dossiers a number points at a person: the one adoption of a month, and that it was late. So a group of
fewer than `FEWEST` dossiers is named without numbers, and a rate or a number of days stands on at least so many.
Where the groups that are held back are so few together that the whole minus the rest would tell them, the
smallest of the others is held back as well. A quarter or a year says nothing of a group where its number, less
those of published months, would tell one month, or fewer than `FEWEST` dossiers of several.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dossiers.statistics.periods import Period
from dossiers.statistics.results import Counts, Group

FEWEST = 10
_STANDS_ON = {
    "on_time_rate": "with_term",
    "online_share": "received",
    **dict.fromkeys(("mean_days", "median_days", "ninetieth_days"), "settled"),
}


@dataclass(frozen=True, slots=True)
class PublishedGroup:
    """A group as everybody may know it. `counts` is None where there are too few dossiers."""

    key: str
    name: str
    counts: Counts | None

    @property
    def total(self) -> int | None:
        return self.counts.total if self.counts else None

    def measure(self, name: str) -> Decimal | None:
        """A rate in per cent, or working days; None where it stands on too few."""
        enough = self.counts is not None and getattr(self.counts, _STANDS_ON[name]) >= FEWEST
        return getattr(self.counts, name) if enough else None


@dataclass(frozen=True, slots=True)
class Part:
    """A month, quarter or year: the sizes of its groups, those of them that are published, and what is left open.

    `known`: the groups of which this or a part of it is published. `left`: of each group the months that no number
    here tells, with their dossiers. `hidden`: dossiers in months of which nothing is published, in no quarter that is.
    `is_public`: whether it or a part of it is published.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    left: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    hidden: int = 0
    is_public: bool = False


def part_of(period: Period, sizes: Mapping[Period, Mapping[str, int]]) -> Part:
    """What of a period's groups may be published, by the sizes of its own and of its published parts' groups.

    A group stands where its number, less those that its parts say, tells no month alone and no few dossiers. A quarter
    or year without `sizes` is the sum of its parts.
    """
    parts = [part_of(one, sizes) for one in period.parts]
    counted = sizes.get(period)
    if counted is None:
        sums: Counter[str] = Counter()
        for part in parts:
            sums.update(part.counted)
        counted = sums
    known = frozenset(key for part in parts for key in part.known)
    left: dict[str, tuple[int, ...]] = {}
    for part in parts:
        for key, months in part.left.items():
            left[key] = (*left.get(key, ()), *months)
    hidden = sum(part.hidden for part in parts)
    if not any(part.is_public for part in parts):
        total = sum(counted.values())
        if total < FEWEST:
            return Part(counted, left={key: (size,) for key, size in counted.items() if size}, hidden=total)
        hidden = 0
    kept = {
        key for key, months in left.items() if len(months) == 1 or (key in known and sum(months) < FEWEST)
    }
    shown = frozenset(counted.keys() - held_back(counted, kept))
    open_months = left if parts else {key: (size,) for key, size in counted.items() if size}
    return Part(
        counted,
        shown,
        known | shown,
        {key: months for key, months in open_months.items() if key not in shown},
        hidden if hidden < FEWEST else 0,
        is_public=True,
    )


def groups(period: Period, counted: Mapping[Period, Sequence[Group]]) -> tuple[PublishedGroup, ...]:
    """The groups of a period as everybody may know them, in their order, from those of it and of its `parts`."""
    sizes = {one: {group.key: group.counts.total for group in found} for one, found in counted.items()}
    shown = part_of(period, sizes).shown
    return tuple(
        PublishedGroup(group.key, group.name, group.counts if group.key in shown else None)
        for group in counted[period]
    )


def whole(period: Period, totals: Mapping[Period, Counts]) -> PublishedGroup:
    """A province in a period as everybody may know it, from its figures as a whole in that period and its `parts`."""
    sizes = {one: {"": counts.total} for one, counts in totals.items() if counts.total}
    is_shown = "" in part_of(period, sizes).shown
    return PublishedGroup(period.key, "", totals[period] if is_shown else None)


def held_back(sizes: Mapping[str, int], kept: Collection[str] = ()) -> set[str]:
    """The keys of those groups of one whole that are named without numbers, by how many each has; `kept` among them."""
    smallest = sorted(sizes, key=lambda key: (key not in kept and sizes[key] >= FEWEST, sizes[key]))
    held = [key for key in smallest if key in kept or sizes[key] < FEWEST]
    if held and sum(sizes[key] for key in held) < FEWEST:
        held = smallest[: len(held) + 1]
    return set(held)
