"""What of a group's figures may be told.

Among few dossiers a number points at a person: the one adoption of a month, and that it was late. So a group of
fewer than `FEWEST` dossiers is named without numbers, and a rate or a number of days stands on at least so many.
Where the groups that are held back are so few together that the whole minus the rest would tell them, the
smallest of the others is held back as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dossiers.statistics import Counts, Group

FEWEST = 10


@dataclass(frozen=True, slots=True)
class PublishedGroup:
    """A group as everybody may know it. `counts` is None where there are too few dossiers.

    Rates are per cent, days are working days; None where they stand on too few.
    """

    key: str
    name: str
    counts: Counts | None

    @property
    def total(self) -> int | None:
        return self.counts.total if self.counts else None

    @property
    def with_term(self) -> int | None:
        """What the on-time rate divides by."""
        return self.counts.total - self.counts.without_term if self.counts else None

    @property
    def on_time_rate(self) -> Decimal | None:
        enough = self.counts and self.counts.total - self.counts.without_term >= FEWEST
        return self.counts.on_time_rate if self.counts and enough else None

    @property
    def online_share(self) -> Decimal | None:
        return self.counts.online_share if self.counts and self.counts.received >= FEWEST else None

    @property
    def mean_days(self) -> Decimal | None:
        return self._days("mean_days")

    @property
    def median_days(self) -> Decimal | None:
        return self._days("median_days")

    @property
    def ninetieth_days(self) -> Decimal | None:
        return self._days("ninetieth_days")

    def _days(self, name: str) -> Decimal | None:
        return getattr(self.counts, name) if self.counts and self.counts.settled >= FEWEST else None


def whole(counts: Counts, key: str = "", name: str = "") -> PublishedGroup:
    """A province, or one of its months, as everybody may know it."""
    return PublishedGroup(key, name, counts if counts.total >= FEWEST else None)


def groups(counted: Iterable[Group]) -> tuple[PublishedGroup, ...]:
    """The groups of one whole as everybody may know them, in their order."""
    counted = list(counted)
    back = held_back({group.key: group.counts.total for group in counted})
    return tuple(
        PublishedGroup(group.key, group.name, None if group.key in back else group.counts)
        for group in counted
    )


def held_back(sizes: Mapping[str, int]) -> set[str]:
    """The keys of those groups of one whole that are named without numbers, by how many each has."""
    smallest = sorted(sizes, key=lambda key: sizes[key])
    held = [key for key in smallest if sizes[key] < FEWEST]
    if held and sum(sizes[key] for key in held) < FEWEST:
        held = smallest[: len(held) + 1]
    return set(held)
