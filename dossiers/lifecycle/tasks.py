"""Celery tasks of reminders and of ended addresses. Beat starts one task per province; each works for itself."""

from celery import shared_task
from django.db import close_old_connections

from dossiers.lifecycle import access_links
from dossiers.lifecycle.actions import reminders
from tenants.isolation.context import each_province, province_task


@province_task()
def remind() -> None:
    """Write this province's reminders that are due, and delete the addresses of look-ups that ended; a run that is cut
    short is gone on with by the next."""
    access_links.purge()
    reminders.send_due()


@shared_task
def remind_all() -> int:
    """Hint at all provinces; returns the number of hints."""
    close_old_connections()
    hints = 0
    for province in each_province():
        remind.delay(province.slug)
        hints += 1
    return hints
