from typing import Any

import pytest

from messaging.channels.lanes import lanes
from messaging.contacts.models import Contact
from messaging.delivery import tasks
from messaging.outbox.due_lanes import due_lanes
from tenants.isolation.context import province_context
from tests.messaging.conftest import agreed, write
from tests.task_queue import TaskQueue

Hints = list[tuple[Any, ...]]


@pytest.fixture
def hints(task_queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> Hints:
    # It would close the connection whose transaction this test lives in.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    return task_queue.watch("run_lane")


def test_a_lane_whose_hint_waits_in_the_queue_is_not_hinted_at_again(contact: Contact, hints: Hints) -> None:
    message = write(contact)
    assert [tasks.sweep(), tasks.sweep()] == [1, 0]
    lanes.release_lane_task(message.lane_id)
    assert (tasks.sweep(), hints) == (1, [("daklak", message.lane_id)] * 2)


def test_one_province_in_trouble_does_not_stop_the_sweep(contact, hints, monkeypatch, caplog):
    write(contact)
    with province_context("dongnai"):
        lane_id = write(agreed("0905000218")).lane_id
    real = due_lanes

    def broken_in_daklak() -> list[int]:
        from tenants.isolation.context import current_province

        if current_province().slug == "daklak":
            raise RuntimeError("hỏng")
        return real()

    monkeypatch.setattr(tasks, "due_lanes", broken_in_daklak)
    tasks.sweep()
    assert (hints, "sweep of daklak" in caplog.text) == ([("dongnai", lane_id)], True)
