"""Celery's doors to the end of drafts. Tasks are hints: what one loses the next one finds."""

from celery import shared_task
from django.db import close_old_connections

from dossiers.filing import expiry
from tenants.isolation.context import each_province, province_task


@province_task()
def tidy() -> None:
    """Write the reminders that are due in this province, and remove the drafts whose time is over."""
    expiry.remind_due()
    expiry.remove_due()


@shared_task
def tidy_all() -> int:
    """Hint at all provinces; returns the number of hints."""
    close_old_connections()
    hints = 0
    for province in each_province():
        tidy.delay(province.slug)
        hints += 1
    return hints
