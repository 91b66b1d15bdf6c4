"""The Celery application. Tasks are hints: what they forget, the sweeper finds in the database."""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

VISIBILITY_TIMEOUT_SECONDS = 120
# Long: a busy queue must not drop its sweeps, nor a worker whose clock is an hour ahead. Not endless: after
# hours without a worker not all of them are made up for.
STALE_SWEEP_SECONDS = 3 * 3600

NOTICES, FIGURES = "celery", "figures"
"""Queues. A worker takes figures only while nothing else waits: their names are sorted."""

app = Celery("mot-cua")


# Name, task, when, and after how many seconds of waiting a worker drops it.
_SCHEDULE: tuple[tuple[str, str, float | crontab, int], ...] = (
    ("sweep-due-messages", "messaging.delivery.tasks.sweep", 5.0, STALE_SWEEP_SECONDS),
    ("tidy-messages", "messaging.delivery.tasks.tidy", 60.0, STALE_SWEEP_SECONDS),
    ("renew-what-providers-granted", "messaging.delivery.tasks.renew_grants", 600.0, STALE_SWEEP_SECONDS),
    ("go-live-when-due", "tenants.operations.tasks.go_live_when_due", 60.0, 60),
    ("ends-of-certificates", "tenants.operations.tasks.read_certificates", crontab("50"), 3000),
    ("forget-what-channels-told", "messaging.delivery.tasks.forget", crontab("40", "1"), 6 * 3600),
    ("read-forms", "messaging.provisioning.tasks.read_forms", crontab("25", "2"), 6 * 3600),
    ("read-followers", "messaging.provisioning.tasks.read_followers", crontab("10", "3", "sunday"), 6 * 3600),
    ("sweep-webhooks", "dossiers.exchange.tasks.sweep_webhooks", 5.0, 60),
    ("sweep-pulls", "dossiers.exchange.tasks.sweep_pulls", 60.0, 60),
    ("sweep-files-to-be-scanned", "dossiers.lifecycle.files.tasks.sweep", 60.0, 60),
    # Hourly, so that an hour in which nothing ran costs no reminder; each request is reminded of once.
    ("reminders-of-missing-papers", "dossiers.lifecycle.tasks.remind_all", crontab("10", "7-17"), 3000),
    # Hourly: each draft is reminded of once for each day, and gone an hour after its end.
    ("end-of-filing-drafts", "dossiers.filing.tasks.tidy_all", crontab("40"), 3000),
    ("end-of-error-workbooks", "dossiers.legacy_import.tasks.remove_old_workbooks", crontab("25"), 3000),
    # Behind notices of hours, such as a storm warning's, figures come late rather than never.
    ("statistics-of-the-present", "dossiers.statistics.tasks.refresh_present", crontab("7"), 6 * 3600),
    ("statistics-of-the-past", "dossiers.statistics.tasks.refresh_past", crontab("20", "0"), 6 * 3600),
)


def configure(app: Celery) -> None:
    """Read the settings; called when Celery first needs them, so that importing `portal` costs nothing."""
    from django.conf import settings

    # Alone and first: where a process sends before anything else, an update of routes reads settings anew, and so on.
    app.conf.task_routes = {
        "dossiers.statistics.tasks.*": {"queue": FIGURES},
        "dossiers.legacy_import.tasks.*": {"queue": FIGURES},
        "dossiers.exchange.tasks.fetch_rows": {"queue": FIGURES},
    }
    app.conf.update(
        broker_url=settings.REDIS_URL,
        result_backend=None,
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        # A request that wakes the relay must not wait for a broker that is down.
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "global_keyprefix": settings.QUEUE_PREFIX,
            "queue_order_strategy": "sorted",
            "socket_connect_timeout": 1,
            # Longer than a worker's blocking read, short enough for a web thread to bear.
            "socket_timeout": 5,
            "max_retries": 0,
        },
        task_queues=[Queue(name, Exchange(name), name) for name in (NOTICES, FIGURES)],
        task_publish_retry=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=60,
        task_soft_time_limit=50,
        worker_max_tasks_per_child=2000,
        worker_hijack_root_logger=False,
        beat_scheduler="portal.beat:Scheduler",
        timezone="Asia/Ho_Chi_Minh",
        beat_schedule={
            name: {"task": task, "schedule": when, "options": {"expires": expires}}
            for name, task, when, expires in _SCHEDULE
        },
    )
    app.conf.CELERY_DB_REUSE_MAX = 1000


@signals.worker_init.connect(weak=False)
def _start_worker(**kwargs: Any) -> None:
    """Before its children are made: they have its limits, and none is made for a server that cannot be used."""
    from tenants.isolation import crypto
    from tenants.isolation.backend import connection, server

    crypto.name_process("worker")
    server.set_limits(server.BACKGROUND)
    try:
        server.require()
    except server.UnfitServer as error:
        raise SystemExit(str(error)) from error
    finally:
        connection.close()  # children must not share it


app.on_configure.connect(lambda **kwargs: configure(app), weak=False)
app.autodiscover_tasks(
    [
        "tenants.operations",
        "messaging.delivery",
        "messaging.provisioning",
        "dossiers.lifecycle",
        "dossiers.lifecycle.files",
        "dossiers.statistics",
        "dossiers.filing",
        "dossiers.legacy_import",
        "dossiers.exchange",
    ]
)
