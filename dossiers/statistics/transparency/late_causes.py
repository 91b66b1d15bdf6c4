"""How content people were, and why new dates were given: groups of reasons that leaders chose when they apologised.

A month that still runs is left out: two readings of it would differ by a single dossier.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, DateField, Exists, OuterRef, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncMonth

from dossiers.lifecycle.models import Event, Satisfaction
from dossiers.statistics.periods import Period
from dossiers.statistics.transparency.disclosure_control import Part, part_of
from tenants import clock

_NO_SCORE = -1


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of reasons, "" where none was chosen, and how many dossiers got a new date for it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class PublishedCauses:
    """The publishable causes of a period, the commonest first. `whole` is None where there are too few.

    `held`: groups without a number.
    """

    whole: int | None
    causes: Sequence[Cause] = ()
    held: int = 0


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
    """The publishable opinions of a period: `whole` is None where there are too few. `held`: groups without numbers.

    `waits`: a month of it is not over, so what was said in it comes later.
    """

    whole: Opinions | None
    agencies: Sequence[Opinions] = ()
    sectors: Sequence[Opinions] = ()
    agencies_held: int = 0
    sectors_held: int = 0
    waits: bool = False


OPINION_COLUMNS = ("month", "agency__code", "agency__name", "sector_id", "sector__name", "score", "n")


def with_opinions(period: Period) -> tuple[PublishedCauses, PublishedOpinions]:
    """The publishable causes of the new dates that were given in this period and stand, and its opinions: one query."""
    rows = list(opinions_of(period).union(_causes_of(period), all=True))
    months: dict[Period, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["score"] == _NO_SCORE:
            months[Period.month(row["month"])][row["agency__name"]] = row["n"]
    opinions = [row for row in rows if row["score"] != _NO_SCORE]
    return _published(part_of(period, months)), published_opinions(period, opinions)


def _causes_of(period: Period) -> Any:
    """The query of causes by month in the columns of opinions, the cause as an agency's name."""
    running = Period.month(clock.today()).start
    since, until = map(clock.beginning, (period.start, min(period.last + timedelta(days=1), running)))
    undone = Event.objects.filter(dossier=OuterRef("dossier"), undoes=OuterRef("sequence"))
    given = Event.objects.filter(~Exists(undone), kind="apologise", at__gte=since, at__lt=until)
    cause = Coalesce(KeyTextTransform("cause", "note__data"), Value(""), output_field=TextField())
    month = Cast(TruncMonth("at", tzinfo=clock.VIETNAM), DateField())
    counted = given.order_by().values(agency__name=cause, month=month).annotate(n=Count("pk"))
    blank = Value("", TextField())
    none = Value(None, BigIntegerField())
    padded = counted.annotate(agency__code=blank, sector_id=none, sector__name=blank, score=Value(_NO_SCORE))
    return padded.values(*OPINION_COLUMNS)


def _published(part: Part) -> PublishedCauses:
    if part.hidden or not part.counted:
        return PublishedCauses(None)
    causes = [Cause(value, part.counted[value]) for value in part.shown]
    return PublishedCauses(
        sum(part.counted.values()),
        sorted(causes, key=lambda one: (-one.count, one.value)),
        len(part.counted) - len(causes),
    )


def opinions_of(period: Period) -> Any:
    """The query of what was said in this period by month, a row for each agency, sector and score."""
    running = Period.month(clock.today()).start
    said = Satisfaction.objects.filter(month__gte=period.start, month__lte=period.last, month__lt=running)
    return said.order_by().values(*OPINION_COLUMNS[:-1]).annotate(n=Count("pk")).values(*OPINION_COLUMNS)


def published_opinions(period: Period, rows: Sequence[Any]) -> PublishedOpinions:
    """The publishable opinions of this period, by its `opinions_of`."""
    waits = period.last >= Period.month(clock.today()).start
    found, _held = _groups(period, [{**row, "whole": ""} for row in rows], "whole", "whole")
    if not found:
        return PublishedOpinions(None, waits=waits)
    agencies, agencies_held = _groups(period, rows, "agency__code", "agency__name")
    sectors, sectors_held = _groups(period, rows, "sector_id", "sector__name")
    return PublishedOpinions(found[0], agencies, sectors, agencies_held, sectors_held, waits)


def _groups(
    period: Period, rows: Iterable[dict[str, Any]], key: str, name: str
) -> tuple[list[Opinions], int]:
    """The publishable groups, the largest first, and how many are held back."""
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    sizes: dict[Period, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_key[str(row[key])].append(row)
        sizes[Period.month(row["month"])][str(row[key])] += row["n"]
    shown = part_of(period, sizes).shown
    published = [_counted(of_it[0][name] or "", of_it) for one, of_it in by_key.items() if one in shown]
    ordered = sorted(published, key=lambda opinions: (-opinions.total, opinions.name))
    return ordered, len(by_key) - len(published)


def _counted(name: str, rows: Iterable[dict[str, Any]]) -> Opinions:
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        sums[row["score"]] += row["n"]
    return Opinions(name, sums[Score.GOOD], sums[Score.FAIR], sums[Score.BAD])
