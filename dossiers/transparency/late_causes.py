"""Why new dates were given: groups of reasons that leaders chose when they apologised, of months that are over.

A month that still runs is left out: two readings of it would differ by a single dossier. A quarter or a year says
nothing that it and its published parts, one taken from the other, would tell of a part that is held back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, OuterRef, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, ExtractMonth

from dossiers.models import Event
from dossiers.statistics import Period
from dossiers.transparency.disclosure_control import (
    FEWEST,
    OPINION_COLUMNS,
    PublishedOpinions,
    held_back,
    opinions_of,
    published_opinions,
)
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


@dataclass(frozen=True, slots=True)
class _Part:
    """A month, quarter or year: its numbers by cause, those of them that are published, and what is left open.

    `hidden`: dossiers in months of which nothing is published, in no quarter that is. `is_public`: whether it or a part
    of it is published.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    hidden: int = 0
    is_public: bool = False


def with_opinions(period: Period) -> tuple[PublishedCauses, PublishedOpinions]:
    """The publishable causes of the new dates that were given in this period and stand, and its opinions: one query."""
    rows = list(opinions_of(period).union(_causes_of(period), all=True))
    months: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["score"] == _NO_SCORE:
            months[int(row["agency__code"])][row["agency__name"]] = row["n"]
    opinions = [row for row in rows if row["score"] != _NO_SCORE]
    return _published(_whole(period, months)), published_opinions(period, opinions)


def _causes_of(period: Period) -> Any:
    """The query of causes by month in the columns of opinions: the cause as an agency's name, the month as its code."""
    running = Period.month(clock.today()).start
    since, until = _midnight(period.start), _midnight(min(period.last + timedelta(days=1), running))
    undone = Event.objects.filter(dossier=OuterRef("dossier"), undoes=OuterRef("sequence"))
    given = Event.objects.filter(~Exists(undone), kind="apologise", at__gte=since, at__lt=until)
    cause = Coalesce(KeyTextTransform("cause", "note__data"), Value(""), output_field=TextField())
    month = Cast(ExtractMonth("at", tzinfo=clock.VIETNAM), TextField())
    counted = given.order_by().values(agency__name=cause, agency__code=month).annotate(n=Count("pk"))
    blank = Value("", TextField())
    none = Value(None, BigIntegerField())
    padded = counted.annotate(sector_id=none, sector__name=blank, score=Value(_NO_SCORE))
    return padded.values(*OPINION_COLUMNS)


def _whole(period: Period, months: Mapping[int, Mapping[str, int]]) -> _Part:
    """The period, put together of its quarters, those of their months."""
    first = period.start.month
    if period.unit == "year":
        return _joined(
            _joined(map(_month, (months.get(start + n, {}) for n in range(3)))) for start in range(1, 12, 3)
        )
    if period.unit == "quarter":
        return _joined(_month(months.get(first + n, {})) for n in range(3))
    return _month(months.get(first, {}))


def _month(counted: Mapping[str, int]) -> _Part:
    total = sum(counted.values())
    if total < FEWEST:
        return _Part(counted, hidden=total)
    return _Part(counted, frozenset(counted.keys() - held_back(counted)), is_public=True)


def _joined(parts: Iterable[_Part]) -> _Part:
    """A cause stands where every part that has it says its number; where no part says any, as in a month."""
    parts = list(parts)
    counted: Counter[str] = Counter()
    for part in parts:
        counted.update(part.counted)
    hidden, is_public = sum(part.hidden for part in parts), any(part.is_public for part in parts)
    if 0 < hidden < FEWEST or not counted:
        return _Part(counted, hidden=hidden, is_public=is_public)
    if not is_public:
        return _month(counted)
    kept = {cause for part in parts for cause in part.counted.keys() - part.shown}
    return _Part(counted, frozenset(counted.keys() - kept), is_public=True)


def _published(part: _Part) -> PublishedCauses:
    if part.hidden or not part.counted:
        return PublishedCauses(None)
    causes = [Cause(value, part.counted[value]) for value in part.shown]
    return PublishedCauses(
        sum(part.counted.values()),
        sorted(causes, key=lambda one: (-one.count, one.value)),
        len(part.counted) - len(causes),
    )


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), clock.VIETNAM)
