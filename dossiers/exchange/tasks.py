"""Celery's doors to what goes to other systems and what is fetched from them. What no seal woke is found here."""

from celery import shared_task, signals
from django.db import close_old_connections
from django.db.models.functions import Now

from dossiers.exchange import webhook_threads, webhooks
from dossiers.exchange.feeds import pull
from dossiers.exchange.models import Pull
from dossiers.exchange.national import turn
from tenants.isolation import work_discovery
from tenants.isolation.context import each_province, province_task


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


@shared_task
def sweep_pulls() -> None:
    """Hint at each system from which rows are due to be fetched."""
    close_old_connections()
    for province in each_province():
        for key in Pull.objects.filter(next_try_at__lte=Now()).values_list("pk", flat=True):
            fetch_rows.delay(province.slug, key)


@province_task()
def fetch_rows(key: int) -> None:
    """Fetch from one system for a turn."""
    pull.pull(key)
