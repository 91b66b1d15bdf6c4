"""Clock tasks for acts that operators agreed on. An act missed by one task is found by the next in the log."""

from celery import shared_task
from django.db import close_old_connections

from tenants.operations.golive import golive


@shared_task
def go_live_when_due() -> list[str]:
    close_old_connections()
    return golive.open_due_provinces()
