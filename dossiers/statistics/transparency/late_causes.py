"""Why new dates were given: groups of reasons that leaders chose when they apologised, of months that are over.

A month that still runs is left out: two readings of it would differ by a single dossier.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, DateField, Exists, OuterRef, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncMonth

from dossiers.lifecycle.models.event import Event
from dossiers.statistics.periods import Period
from dossiers.statistics.transparency.disclosure_control import (
    OPINION_COLUMNS,
    Part,
    PublishedOpinions,
    opinions_of,
    part_of,
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
    since, until = _midnight(period.start), _midnight(min(period.last + timedelta(days=1), running))
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


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), clock.VIETNAM)
