"""How content people were, and why new dates were given: groups of reasons that leaders chose when they apologised.

A month that still runs is left out: two readings of it would differ by a single dossier.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, DateField, Exists, OuterRef, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.lifecycle.models import Event, LateCause, Satisfaction
from dossiers.statistics.periods import Period
from dossiers.statistics.transparency import wording
from dossiers.statistics.transparency.disclosure_control import Part, part_of
from dossiers.statistics.transparency.page import MOST_ROWS, Context
from tenants import clock

_NO_SCORE = -1
Score = Satisfaction.Score
SCORES = {"good": Score.GOOD, "fair": Score.FAIR, "bad": Score.BAD}
OPINION_COLUMNS = ("month", "agency__code", "agency__name", "sector_id", "sector__name", "score", "n")


def with_opinions(period: Period) -> tuple[Context | None, Context]:
    """What the page says of the new dates that were given in this period and stand, None where there are too few, and of
    its opinions: one query."""
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


def _published(part: Part) -> Context | None:
    if part.hidden or not part.counted:
        return None
    whole = sum(part.counted.values())
    shown = sorted(part.shown, key=lambda cause: (-part.counted[cause], cause))
    return {
        "count": ngettext("%(n)s hồ sơ", "%(n)s hồ sơ", whole) % {"n": wording.count(whole)},
        "rows": [
            {
                "name": LateCause(cause).label if cause else _("không ghi nhóm lý do"),
                "count": wording.count(part.counted[cause]),
                "share": wording.percent(wording.share(part.counted[cause], whole)),
            }
            for cause in shown
        ],
        "held": len(part.counted) - len(shown),
    }


def opinions_of(period: Period) -> Any:
    """The query of what was said in this period by month, a row for each agency, sector and score."""
    running = Period.month(clock.today()).start
    said = Satisfaction.objects.filter(month__gte=period.start, month__lte=period.last, month__lt=running)
    return said.order_by().values(*OPINION_COLUMNS[:-1]).annotate(n=Count("pk")).values(*OPINION_COLUMNS)


def published_opinions(period: Period, rows: Sequence[Any]) -> Context:
    """What the page says of the opinions of this period, by its `opinions_of`: of the whole, None where there are too few,
    of agencies and of sectors, the largest first, and how many of them are held back.

    `waits`: a month of it is not over, so what was said in it comes later.
    """
    waits = period.last >= Period.month(clock.today()).start
    found, _held = _groups(period, [{**row, "whole": ""} for row in rows], "whole", "whole")
    if not found:
        return {"whole": None, "waits": waits}
    agencies, agencies_held = _groups(period, rows, "agency__code", "agency__name")
    sectors, sectors_held = _groups(period, rows, "sector_id", "sector__name")
    return {
        "whole": found[0],
        "waits": waits,
        "agencies": agencies[:MOST_ROWS],
        "agencies_held": agencies_held,
        "sectors": sectors[:MOST_ROWS],
        "sectors_held": sectors_held,
    }


def _groups(period: Period, rows: Iterable[dict[str, Any]], key: str, name: str) -> tuple[list[Context], int]:
    scores: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    sizes: dict[Period, Counter[str]] = defaultdict(Counter)
    for row in rows:
        scores[str(row[key]), row[name] or ""][row["score"]] += row["n"]
        sizes[Period.month(row["month"])][str(row[key])] += row["n"]
    shown = part_of(period, sizes).shown
    published = [(called, said) for (one, called), said in scores.items() if one in shown]
    published.sort(key=lambda group: (-group[1].total(), group[0]))
    return [_in_words(called, said) for called, said in published], len(scores) - len(published)


def _in_words(name: str, said: Counter[int]) -> Context:
    shares = {key: wording.percent(wording.share(said[score], said.total())) for key, score in SCORES.items()}
    return {"name": name or _("Chưa phân lĩnh vực"), "count": wording.count(said.total()), **shares}
