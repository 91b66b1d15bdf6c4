"""Celery's doors to the virus scanner. Tasks are hints: a lost one is found again by the sweep."""

import logging

from celery import shared_task
from django.db import close_old_connections

from dossiers.lifecycle.files import stored_files, virus_scan
from dossiers.lifecycle.models import Attachment
from tenants.files.models import StoredFile
from tenants.isolation.context import each_province, province_task

log = logging.getLogger(__name__)


@province_task()
def scan(file_id: int, table: str = "attachment") -> None:
    tables = {one.__name__.lower(): one for one in stored_files.tables()}
    virus_scan.scan(file_id, tables[table])


def hint(slug: str, file_id: int, table: type[StoredFile]) -> None:
    # As tasks that wait in a queue name it.
    named = () if table is Attachment else (table.__name__.lower(),)
    scan.delay(slug, file_id, *named)


@shared_task
def sweep() -> int:
    """Hint at every file that still waits for the scanner, in all provinces. Returns the number of hints."""
    close_old_connections()
    hints = 0
    for province in each_province():
        try:
            for table in stored_files.tables():
                for file_id in virus_scan.waiting(table):
                    hint(province.slug, file_id, table)
                    hints += 1
        except Exception:
            # One province in trouble must not keep the others waiting.
            log.exception("sweep of files in %s", province.slug)
    return hints
