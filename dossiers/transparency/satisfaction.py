"""How content people were, as everybody may know it: of months that are over, and in groups of enough.

A month that is still running is not told: who looked before and after somebody came to the desk would see what
that person said.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from dossiers.models import Satisfaction
from dossiers.statistics import Period
from dossiers.transparency import disclosure_control
from tenants import clock

Score = Satisfaction.Score


@dataclass(frozen=True, slots=True)
class Opinions:
    """How many said what. `name` is the agency's or sector's, "" of the whole and where there is no sector."""

    name: str
    good: int = 0
    fair: int = 0
    bad: int = 0

    @property
    def total(self) -> int:
        return self.good + self.fair + self.bad


@dataclass(frozen=True, slots=True)
class PublishedOpinions:
    """What may be told of a period: `whole` is None where there are too few. `held`: groups without numbers.

    `waits`: a month of it is not over, so what was said in it comes later.
    """

    whole: Opinions | None
    agencies: Sequence[Opinions] = ()
    sectors: Sequence[Opinions] = ()
    agencies_held: int = 0
    sectors_held: int = 0
    waits: bool = False


def of(period: Period) -> PublishedOpinions:
    """What may be told about this period: one query."""
    running = Period.month(clock.today()).start
    waits = period.last >= running
    said = Satisfaction.objects.filter(month__gte=period.start, month__lte=period.last, month__lt=running)
    rows: Any = list(
        said.order_by()
        .values("agency__code", "agency__name", "sector_id", "sector__name", "score")
        .annotate(n=Count("pk"))
    )
    whole = _counted("", rows)
    if whole.total < disclosure_control.FEWEST:
        return PublishedOpinions(None, waits=waits)
    agencies, agencies_held = _groups(rows, "agency__code", "agency__name")
    sectors, sectors_held = _groups(rows, "sector_id", "sector__name")
    return PublishedOpinions(whole, agencies, sectors, agencies_held, sectors_held, waits)


def _groups(rows: Iterable[dict[str, Any]], key: str, name: str) -> tuple[list[Opinions], int]:
    """Those that may be told, the largest first, and how many may not."""
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_key[str(row[key])].append(row)
    counted = {one: _counted(of_it[0][name] or "", of_it) for one, of_it in by_key.items()}
    back = disclosure_control.held_back({one: opinions.total for one, opinions in counted.items()})
    published = [opinions for one, opinions in counted.items() if one not in back]
    return sorted(published, key=lambda opinions: (-opinions.total, opinions.name)), len(back)


def _counted(name: str, rows: Iterable[dict[str, Any]]) -> Opinions:
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        sums[row["score"]] += row["n"]
    return Opinions(name, sums[Score.GOOD], sums[Score.FAIR], sums[Score.BAD])
