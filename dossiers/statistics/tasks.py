"""Celery tasks of reminders and figures. Beat starts one task per province; each works for itself."""

import logging
from collections.abc import Sequence
from datetime import date

from celery import shared_task
from django.db import close_old_connections

from dossiers.statistics.periods import Period, past_periods, periods_of_the_night, present_periods
from dossiers.statistics.snapshots import refresh as statistics_refresh
from tenants import clock
from tenants.isolation.context import each_province, province_task

log = logging.getLogger(__name__)


@province_task()
def refresh(unit: str, start: str) -> None:
    """Count a period of this province again. A lost hint costs an hour, or a night, of freshness."""
    statistics_refresh(Period(unit, date.fromisoformat(start)))  # type: ignore[arg-type]


@shared_task
def refresh_present() -> int:
    """Hourly: hint at the running day and month of all provinces; returns the number of hints."""
    return _hint(present_periods(clock.today()))


@shared_task
def refresh_past() -> int:
    """Hint at the periods of this night of all provinces; returns the number of hints."""
    return _hint(periods_of_the_night(clock.today()))


def refresh_history(slug: str) -> None:
    """Hint at all past periods of a province whose history was added to. Without a broker they wait for Sunday."""
    try:
        for period in past_periods(clock.today()):
            refresh.delay(slug, period.unit, period.start.isoformat())
    except Exception as error:
        log.warning("no hint for figures of %s: %s; Sunday counts them", slug, type(error).__name__)


def _hint(periods: Sequence[Period]) -> int:
    close_old_connections()
    hints = 0
    for province in each_province():
        for period in periods:
            refresh.delay(province.slug, period.unit, period.start.isoformat())
            hints += 1
    return hints
