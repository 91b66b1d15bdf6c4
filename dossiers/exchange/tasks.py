"""Celery's door to webhooks and to the national portal: what no seal woke, such as a call that is tried again, is found here."""

from celery import shared_task, signals
from django.db import close_old_connections

from dossiers.exchange import webhook_threads, webhooks
from dossiers.exchange.national import turn
from tenants.isolation import work_discovery


@shared_task
def sweep_webhooks() -> None:
    """Begin to send in every province in which an address is due and has news, or the national portal is.

    One statement looks through all.
    """
    close_old_connections()
    due = {one.schema for one in work_discovery.due_work() if one.what in (webhooks.DUE, turn.DUE)}
    for schema in due:
        webhook_threads.begin(None, schema)


@signals.worker_process_shutdown.connect
def wait_for_calls(**kwargs: object) -> None:
    """Before a worker process ends: let the calls that are under way end."""
    webhook_threads.end()
