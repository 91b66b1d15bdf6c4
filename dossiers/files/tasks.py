"""Celery's doors to the virus scanner. Tasks are hints: a lost one is found again by the sweep."""

import logging

from celery import shared_task
from django.db import close_old_connections

from dossiers.files import virus_scan
from tenants.isolation.context import each_province, province_task

log = logging.getLogger(__name__)


@province_task(name="dossiers.files.tasks.scan")
def scan(attachment_id: int) -> None:
    """Have one file scanned."""
    virus_scan.scan(attachment_id)


@shared_task(name="dossiers.files.tasks.sweep")
def sweep() -> int:
    """Hint at every file that still waits for the scanner, in all provinces. Returns the number of hints."""
    close_old_connections()
    hints = 0
    for province in each_province():
        try:
            for attachment_id in virus_scan.waiting():
                scan.delay(province.slug, attachment_id)
                hints += 1
        except Exception:
            # One province in trouble must not keep the others waiting.
            log.exception("sweep of files in %s", province.slug)
    return hints
