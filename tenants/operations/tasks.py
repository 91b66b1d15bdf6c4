"""Clock tasks of operators: acts that they agreed on, of which one missed is found by the next, and certificates."""

from celery import shared_task
from django.db import close_old_connections

from tenants.operations import certificates
from tenants.operations.golive import golive


@shared_task
def go_live_when_due() -> list[str]:
    close_old_connections()
    return golive.open_due_provinces()


@shared_task
def read_certificates() -> None:
    close_old_connections()
    certificates.read_all()
