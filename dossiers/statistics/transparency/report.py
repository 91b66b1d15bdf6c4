"""Everything that the page and the files say about one period, from figures counted beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dossiers.statistics.periods import Period, Unit, end
from dossiers.statistics.results import Group
from dossiers.statistics.snapshots import Kept, several
from dossiers.statistics.snapshots import kept as statistics_kept
from dossiers.statistics.transparency import disclosure_control
from dossiers.statistics.transparency.disclosure_control import PublishedGroup
from procedures.catalogue.models import Procedure
from tenants import clock

UNITS: tuple[Unit, ...] = ("month", "quarter", "year")
DIMENSIONS = ("agency", "sector", "procedure", "channel")
MONTHS_SHOWN = 13
"""A year's columns and the same month of the year before."""


class NotCounted(LookupError):
    """There are no figures for this period."""


@dataclass(frozen=True)
class Span:
    """A period with its figures as a whole: they go up to `until` and were counted at `counted_at`."""

    period: Period
    until: datetime
    counted_at: datetime
    whole: PublishedGroup

    @property
    def is_running(self) -> bool:
        """Whether the figures were counted before the period had ended."""
        return self.until < end(self.period.last)


@dataclass(frozen=True)
class Term:
    """How long the law gives a procedure; value is None where none is set."""

    value: int | None
    unit: str


@dataclass(frozen=True)
class Report:
    """`before` is the period before, `months` the thirteen up to the end of the chosen one, `now` the running
    month for what waits today; None where they are not counted. `by` has the groups of each dimension."""

    chosen: Span
    before: Span | None
    months: Sequence[Span]
    now: Span | None
    by: Mapping[str, Sequence[PublishedGroup]]
    terms: Mapping[str, Term]
    periods: Sequence[Period]


def read(key: str = "") -> Report | None:
    """The report about the period of this key, by default the last whole month that has figures, else the
    running one: three queries. None where no dossier has been counted yet.

    Raises NotCounted for a period without figures and for what is no period at all.
    """
    periods = statistics_kept(*UNITS)
    if not periods and not key:
        return None
    chosen = _wanted(key, periods)
    present = Period.month(clock.today())
    months = _months_up_to(min(chosen.last, present.last))
    wholes = {*chosen.with_parts, *chosen.previous.with_parts, present, *months}
    found = several(
        [
            *((period, None) for period in wholes),
            *((period, by) for period in chosen.with_parts for by in DIMENSIONS),
        ]
    )
    by: dict[str, Sequence[PublishedGroup]] = {
        name: disclosure_control.groups(chosen, groups_by(name, found))
        for name in DIMENSIONS
        if (chosen, name) in found
    }
    whole = _span(chosen, found)
    if whole is None:
        raise NotCounted(key)
    if whole.whole.counts is None:
        # The sum of its groups would be the number that is held back.
        by = {name: [replace(one, counts=None) for one in groups] for name, groups in by.items()}
    return Report(
        chosen=whole,
        before=_span(chosen.previous, found),
        months=[span for month in months if (span := _span(month, found))],
        now=_span(present, found),
        by=by,
        terms=_terms([group.key for group in by.get("procedure", ())]),
        periods=periods,
    )


def groups_by(name: str, found: Mapping[tuple[Period, str | None], Kept]) -> dict[Period, Sequence[Group]]:
    """The groups of this dimension by their period."""
    return {period: kept.figures.groups for (period, by), kept in found.items() if by == name}


def key_between(first: date, last: date) -> str:
    """The key of the month, quarter or year that has these as its first and last day.

    Raises NotCounted for other days: figures of days that overlap would tell a single dossier by their
    difference.
    """
    for unit in UNITS:
        period = Period.of(unit, first)
        if (period.start, period.last) == (first, last):
            return period.key
    raise NotCounted(f"{first}/{last}")


def _wanted(key: str, periods: Sequence[Period]) -> Period:
    if key:
        try:
            wanted = Period.from_key(key)
        except ValueError:
            raise NotCounted(key) from None
        if wanted not in periods:
            raise NotCounted(key)
        return wanted
    months = [period for period in periods if period.unit == "month"]
    over = [month for month in months if month.last < clock.today()]
    return (over or months or list(periods))[-1]


def _months_up_to(last_day: date) -> list[Period]:
    months = [Period.month(last_day)]
    while len(months) < MONTHS_SHOWN:
        months.insert(0, months[0].previous)
    return months


def _span(period: Period, found: Mapping[tuple[Period, str | None], Kept]) -> Span | None:
    kept = found.get((period, None))
    if kept is None or not kept.figures.total.total:
        return None
    totals = {one: kept.figures.total for (one, by), kept in found.items() if by is None}
    whole = disclosure_control.whole(period, totals)
    return Span(period, kept.figures.until, kept.counted_at, whole)


def _terms(codes: Sequence[str]) -> dict[str, Term]:
    rows = Procedure.objects.filter(code__in=codes, current_version__isnull=False).values_list(
        "code", "current_version__term_value", "current_version__term_unit"
    )
    return {code: Term(value, unit) for code, value, unit in rows}
