"""Waking a worker by the queue. Best effort: the sweeper finds whatever no wake-up announced.

A broker that is down must not slow each request: after a failure this process makes no wake-up for a while.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models.functions import Now

from messaging import event_log, metrics
from messaging.models import Lane
from tenants.isolation.context import current_province

log = logging.getLogger(__name__)

REST_SECONDS = 10.0

_rests_until = 0.0


def wake(task: str, slug: str, *arguments: object, unless: Callable[[], bool] | None = None) -> bool:
    """Enqueue `messaging.tasks.<task>` for the province of this name; whether the broker took it. Raises nothing.

    `unless`: asked first, true when no wake-up is needed. The task is called by its name, so that no folder below
    `messaging.tasks` imports it.
    """
    global _rests_until
    if time.monotonic() < _rests_until:
        return False
    try:
        if unless is not None and unless():
            return False
        current_app.send_task(f"messaging.tasks.{task}", (slug, *arguments))
    except Exception as error:
        _rests_until = time.monotonic() + REST_SECONDS
        log.warning("no wake-up %s for %s: %s; the sweeper finds it", task, slug, type(error).__name__)
        metrics.hint_failed()
        event_log.log("hint.lost", province=slug, task=task)
        return False
    return True


def wake_lane(lane: Lane) -> None:
    """Wake a worker for this lane of the current province, once the transaction has committed.

    A lane under lease needs no wake-up: its worker looks again before and after it releases the lease.
    """
    wake_worker = partial(
        wake, "run_lane", current_province().slug, lane.pk, unless=partial(_is_held, lane.pk)
    )
    transaction.on_commit(wake_worker, robust=True)


@contextmanager
def no_wakeups() -> Iterator[None]:
    """Inside the block no worker is woken: for a province that only this process knows."""
    global _rests_until
    before, _rests_until = _rests_until, float("inf")
    try:
        yield
    finally:
        _rests_until = before


def _is_held(lane_id: int) -> bool:
    return Lane.objects.filter(pk=lane_id, lease_until__gt=Now()).exists()
