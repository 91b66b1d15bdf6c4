"""Celery's doors to the figures. Beat hints at every province; each province's work is a task of its own."""

from collections.abc import Sequence
from datetime import date

from celery import shared_task
from django.db import close_old_connections

from dossiers import statistics
from dossiers.statistics import Period
from tenants import clock
from tenants.isolation.context import each_province, province_task


@province_task(name="dossiers.statistics.tasks.refresh")
def refresh(unit: str, start: str) -> None:
    """Count a period of this province again. A lost hint costs an hour, or a night, of freshness."""
    statistics.refresh(Period(unit, date.fromisoformat(start)))  # type: ignore[arg-type]


@shared_task(name="dossiers.statistics.tasks.refresh_present")
def refresh_present() -> int:
    """Hint at the running day and month of all provinces; returns the number of hints."""
    return _hint(statistics.present_periods(clock.today()))


@shared_task(name="dossiers.statistics.tasks.refresh_past")
def refresh_past() -> int:
    """Hint at yesterday and a year back of all provinces; returns the number of hints."""
    return _hint(statistics.past_periods(clock.today()))


def _hint(periods: Sequence[Period]) -> int:
    close_old_connections()
    hints = 0
    for province in each_province():
        for period in periods:
            refresh.delay(province.slug, period.unit, period.start.isoformat())
            hints += 1
    return hints
