"""Keeping figures ready: one row for each period, kind and dimension."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, cast

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation

from dossiers.lifecycle.models import Dossier
from dossiers.statistics import counts, periods
from dossiers.statistics.models import StatisticsSnapshot
from dossiers.statistics.periods import Period, Unit
from dossiers.statistics.results import Figures
from tenants import clock

Dimension = StatisticsSnapshot.Dimension

DIMENSIONS_OF = {
    # A day has no use for a thousand procedures; the month of that day, as fresh as it, has them.
    "day": (Dimension.WHOLE, Dimension.AGENCY, Dimension.SECTOR, Dimension.CHANNEL),
    **dict.fromkeys(("month", "quarter", "year"), tuple(Dimension)),
}


class Kept(NamedTuple):
    """Figures, and when they were counted."""

    figures: Figures
    counted_at: datetime


def refresh(period: Period) -> int:
    """Count a period again, up to now when it is still running, and keep the figures; returns how many rows.

    One pass for all kinds and dimensions. Done twice, or by two at once, it leaves the same rows: the later
    count stands. Raises ValueError for a period that has not begun.
    """
    now = clock.now()
    if clock.beginning(period.start) > now:
        raise ValueError(f"{period} has not begun")
    until = min(periods.end(period.last), now)
    dimensions = DIMENSIONS_OF[period.unit]
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Grouped in memory: a year by all dimensions takes half the time that it takes over temporary files.
            cursor.execute("SET LOCAL work_mem = '64MB'")
        rows = counts.count(period.start, until, [by for by in map(_by, dimensions) if by is not None])
    with translation.override("vi"):
        counted = [
            StatisticsSnapshot(
                unit=period.unit,
                start=period.start,
                kind=kind,
                dimension=dimension,
                figures=counts.of_rows(
                    rows, period.start, period.last, until, kind, _by(dimension)
                ).as_dict(),
                computed_at=now,
            )
            for kind in counts.KINDS
            for dimension in dimensions
        ]
    with transaction.atomic():
        StatisticsSnapshot.objects.bulk_create(counted, ignore_conflicts=True)
        for row in counted:
            # A count that began earlier and took longer must not replace this one.
            StatisticsSnapshot.objects.filter(
                unit=row.unit, start=row.start, kind=row.kind, dimension=row.dimension, computed_at__lt=now
            ).update(figures=row.figures, computed_at=now)
    return len(counted)


def kept(*units: Unit) -> list[Period]:
    """The periods of these lengths in which there were dossiers and whose figures are kept, oldest first: one
    query."""
    rows = StatisticsSnapshot.objects.filter(
        unit__in=units,
        kind=Dossier.Kind.NORMAL,
        dimension=Dimension.WHOLE,
        figures__total__total__gt=0,
    )
    return [
        Period(cast(Unit, unit), start) for unit, start in rows.order_by("start").values_list("unit", "start")
    ]


def several(wanted: Iterable[tuple[Period, str | None]]) -> dict[tuple[Period, str | None], Kept]:
    """The figures of usual procedures kept for periods, as a whole (None) or by "agency", "sector", "procedure" (not for
    days) or "channel": one query. Figures not counted yet are missing."""
    chosen = Q(pk__in=())
    for period, by in wanted:
        chosen |= Q(unit=period.unit, start=period.start, dimension=by or Dimension.WHOLE)
    return {
        (Period(cast(Unit, row.unit), row.start), _by(Dimension(row.dimension))): Kept(
            Figures.from_dict(row.figures), row.computed_at
        )
        for row in StatisticsSnapshot.objects.filter(chosen, kind=Dossier.Kind.NORMAL)
    }


def _by(dimension: Dimension) -> str | None:
    return None if dimension is Dimension.WHOLE else dimension.value
