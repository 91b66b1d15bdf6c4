from typing import Any

import pytest

from messaging.channels.lanes import lanes
from messaging.channels.models import Lane
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop, tasks
from messaging.outbox.due_lanes import due_lanes
from tenants.isolation.context import NoProvince, province_context
from tests.messaging.conftest import ScriptedChannel, agreed, write
from tests.task_queue import TaskQueue

Hints = list[tuple[Any, ...]]


@pytest.fixture
def hints(task_queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> Hints:
    # It would close the connection whose transaction this test lives in.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    return task_queue.watch("run_lane")


def test_the_sweep_finds_a_message_whose_hint_was_lost(contact: Contact, hints: Hints) -> None:
    message = write(contact)
    assert (tasks.sweep(), hints) == (1, [("daklak", message.lane_id)])


def test_a_lane_whose_hint_waits_in_the_queue_is_not_hinted_at_again(contact: Contact, hints: Hints) -> None:
    message = write(contact)
    assert [tasks.sweep(), tasks.sweep()] == [1, 0]
    lanes.release_lane_task(message.lane_id)
    assert (tasks.sweep(), hints) == (1, [("daklak", message.lane_id)] * 2)


def test_the_sweep_looks_into_every_province(contact: Contact, hints: Hints) -> None:
    write(contact)
    with province_context("dongnai"):
        write(agreed("0905000218"))
    tasks.sweep()
    assert [slug for slug, _lane in hints] == ["daklak", "dongnai"]


def test_the_sweep_leaves_alone_what_waits_or_is_at_work(contact: Contact, hints: Hints) -> None:
    write(contact, "1", intent="apology", hold_seconds=120)
    write(contact, "2", intent="apology")
    assert (tasks.sweep(), hints) == (0, [])


def test_one_province_in_trouble_does_not_stop_the_sweep(
    contact: Contact, hints: Hints, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
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


@pytest.mark.parametrize(("more", "hinted"), [(True, True), (False, False)])
def test_a_lane_with_work_left_is_hinted_at_again(
    contact: Contact,
    scripted: ScriptedChannel,
    hints: Hints,
    monkeypatch: pytest.MonkeyPatch,
    more: bool,
    hinted: bool,
) -> None:
    lane = Lane.objects.create(channel="scripted", account="chinh")
    monkeypatch.setattr(lane_loop, "run_lane", lambda lane_id: lane_loop.Report(lane_id, True, more=more))
    # The work itself: the task around it refuses the transaction of a test, as it should.
    tasks.run_lane.run.__wrapped__(lane.pk)
    assert hints == ([("daklak", lane.pk)] if hinted else [])


def test_a_run_without_province_is_refused() -> None:
    with pytest.raises(NoProvince):
        tasks.run_lane.apply_async(("public", 1))
