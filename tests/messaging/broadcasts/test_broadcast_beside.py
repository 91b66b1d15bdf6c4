"""Who goes on with broadcasts: the one look through all provinces finds them, and no lane waits for it."""

from functools import partial
from typing import Any

from messaging.broadcasts.models import Publication
from messaging.delivery import tasks
from messaging.delivery.relay import sweep
from tenants.accounts.models import User
from tenants.isolation import work_discovery
from tests.messaging.broadcasting import approved, make_due, subscriber
from tests.task_queue import TaskQueue


def test_a_broadcast_that_is_due_is_found_and_its_province_is_named(
    author: User, second: User, all_day: None, scripted: Any
) -> None:
    made = approved(author, second)
    make_due(made)
    assert [(one.what, one.id) for one in work_discovery.due_work()] == [(sweep.BROADCAST, made.pk)]
    named: list[str] = []
    list(sweep.with_work(named.append))
    assert named == ["daklak"]


def test_a_sweep_leaves_it_to_a_task_of_the_province(
    author: User, second: User, all_day: None, scripted: Any, monkeypatch: Any, task_queue: TaskQueue
) -> None:
    make_due(approved(author, second))
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks.sweep()
    assert (task_queue.sent, Publication.objects.get().state) == (
        [("go_on_with_broadcasts", "daklak")],
        "approved",
    )


def test_without_a_queue_it_is_gone_on_with_here(
    author: User, second: User, all_day: None, scripted: Any
) -> None:
    subscriber(1)
    make_due(approved(author, second))
    list(sweep.with_work(partial(sweep.go_on_with, "broadcasts")))
    assert Publication.objects.get().state == "running"
