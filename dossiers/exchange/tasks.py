"""Celery's door to webhooks: what no seal woke, such as a call that is tried again, is found here."""

from celery import shared_task, signals
from django.db import close_old_connections

from dossiers.exchange import webhook_threads, webhooks
from tenants.isolation import work_discovery


@shared_task
def sweep_webhooks() -> None:
    """Begin to send in every province in which an address is due and has news. One statement looks through all."""
    close_old_connections()
    for one in work_discovery.due_work():
        if one.what == webhooks.DUE:
            webhook_threads.begin(None, one.schema)


@signals.worker_process_shutdown.connect
def wait_for_calls(**kwargs: object) -> None:
    """Before a worker process ends: let the calls that are under way end."""
    webhook_threads.end()
