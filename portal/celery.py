"""The Celery application. Tasks are hints: what they forget, the sweeper finds in the database."""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

VISIBILITY_TIMEOUT_SECONDS = 120
# Long: a busy queue must not drop its sweeps, nor a worker whose clock is an hour ahead. Not endless: after
# hours without a worker not all of them are made up for.
STALE_SWEEP_SECONDS = 3 * 3600

app = Celery("mot-cua")


def configure() -> None:
    """Read the settings; called when Celery first needs them, so that importing `portal` costs nothing."""
    from django.conf import settings

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
            "socket_connect_timeout": 1,
            # Longer than a worker's blocking read, short enough for a web thread to bear.
            "socket_timeout": 5,
            "max_retries": 0,
        },
        task_publish_retry=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=60,
        task_soft_time_limit=50,
        worker_max_tasks_per_child=2000,
        worker_hijack_root_logger=False,
        timezone="Asia/Ho_Chi_Minh",
        beat_schedule={
            "sweep-due-messages": {
                "task": "messaging.tasks.sweep",
                "schedule": 5.0,
                "options": {"expires": STALE_SWEEP_SECONDS},
            },
            "tidy-messages": {
                "task": "messaging.tasks.tidy",
                "schedule": 60.0,
                "options": {"expires": STALE_SWEEP_SECONDS},
            },
            "renew-what-providers-granted": {
                "task": "messaging.tasks.renew_grants",
                "schedule": 600.0,
                "options": {"expires": STALE_SWEEP_SECONDS},
            },
            "go-live-when-due": {
                "task": "tenants.tasks.go_live_when_due",
                "schedule": 60.0,
                "options": {"expires": 60},
            },
            "forget-what-channels-told": {
                "task": "messaging.tasks.forget",
                "schedule": crontab(hour="1", minute="40"),
                "options": {"expires": 6 * 3600},
            },
            "read-forms": {
                "task": "messaging.tasks.read_forms",
                "schedule": crontab(hour="2", minute="25"),
                "options": {"expires": 6 * 3600},
            },
            "read-followers": {
                "task": "messaging.tasks.read_followers",
                "schedule": crontab(hour="3", minute="10", day_of_week="sunday"),
                "options": {"expires": 6 * 3600},
            },
            "sweep-files-to-be-scanned": {
                "task": "dossiers.files.tasks.sweep",
                "schedule": 60.0,
                "options": {"expires": 60},
            },
            # Hourly, so that an hour in which nothing ran costs no reminder; each request is told once.
            "reminders-of-missing-papers": {
                "task": "dossiers.tasks.remind_all",
                "schedule": crontab(hour="7-17", minute="10"),
                "options": {"expires": 3000},
            },
            "statistics-of-the-present": {
                "task": "dossiers.statistics.tasks.refresh_present",
                "schedule": crontab(minute="7"),
                "options": {"expires": 3000},
            },
            "statistics-of-the-past": {
                "task": "dossiers.statistics.tasks.refresh_past",
                "schedule": crontab(hour="0", minute="20"),
                "options": {"expires": 6 * 3600},
            },
        },
    )
    app.conf.CELERY_DB_REUSE_MAX = 1000


@signals.worker_init.connect(weak=False)
def _start_worker(**kwargs: Any) -> None:
    """Before its children are made: they have its limits, and none is made for a server that cannot be used."""
    from tenants.isolation.backend import connection, server

    server.set_limits(server.BACKGROUND)
    try:
        server.require()
    except server.UnfitServer as error:
        raise SystemExit(str(error)) from error
    finally:
        connection.close()  # children must not share it


app.on_configure.connect(lambda **kwargs: configure(), weak=False)
app.autodiscover_tasks(["tenants", "messaging", "dossiers", "dossiers.files"])
