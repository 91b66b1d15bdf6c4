"""Real worker processes on a real queue: a receipt's notice arrives, also when a worker dies on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.statistics.models import StatisticsSnapshot
from dossiers.statistics.tasks import refresh
from messaging.channels.lanes import lanes
from messaging.channels.models import Lane
from messaging.channels.states import LIVE, State
from messaging.delivery import tasks
from messaging.outbox.models.messages import Attempt, Message
from portal.celery import app
from tests.factories import Office

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

DEADLINE_SECONDS = 60.0
RECEIPTS = 20
# The mock channel answers this one after three seconds: a kill meets it on its way.
SLOW = "0905009992"
Worker = subprocess.Popen[bytes]


@pytest.fixture
def worker(committed_province: Any, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """`worker()` starts one as an installation does; a group of its own, ended with the test."""
    app.control.purge()
    started: list[Worker] = []
    log = (tmp_path / "worker.log").open("wb")

    def start() -> Worker:
        command = (sys.executable, "-m", "celery", "-A", "portal", "worker", "--loglevel", "warning")
        process = subprocess.Popen(
            [*command, "--pool", "prefork", "-c", "1", "--without-mingle", "--without-gossip"],
            cwd=settings.BASE_DIR,
            env={**committed_province.environ, "DB_LOGIN": "runtime"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)
    log.close()
    app.control.purge()


def end(process: Worker) -> None:
    """kill -9 for the worker and its child, as when the machine fails."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def journal(committed_province: Any) -> Callable[[], Counter[str]]:
    """What the mock provider took, by tracking id: its own memory, outside our database."""
    path = Path(
        committed_province.environ["DATA_DIR"], "mock-channel", f"{committed_province.record.uuid}.jsonl"
    )

    def taken() -> Counter[str]:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return Counter(line["tracking_id"] for line in lines if line["event"] == "taken")

    return taken


@pytest.fixture(autouse=True)
def _hints_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause is left over from a test whose queue was down."""
    monkeypatch.setattr(lanes, "_rests_until", 0.0)


def receive(office: Office, phone: str) -> Message:
    """A receipt whose owner agreed to be told; its notice, as the outbox holds it."""
    intake = office.intake(
        owner=PersonData(name="Nguyễn Thị Minh Họa", phone=phone), consents=frozenset({"mock"})
    )
    received = services.receive(intake, actor=office.clerk)
    return Message.objects.get(subject=received.dossier.subject)


def wait_until(condition: Callable[[], bool], process: Worker, meanwhile: Callable[[], Any] = bool) -> None:
    """Look often until it holds; what beat would do is done once a second. Fails at the deadline."""
    begun = time.monotonic()
    next_beat = begun
    while not condition():
        now = time.monotonic()
        assert now - begun < DEADLINE_SECONDS, "deadline"
        assert process.poll() is None, "the worker ended"
        if now >= next_beat:
            next_beat = now + 1.0
            meanwhile()
        threading.Event().wait(0.05)


def test_a_hint_brings_the_notice_of_a_receipt_to_the_telephone(committed_office, worker, journal):
    """Without beat and without a sweep: the commit itself wakes the worker."""
    running = worker()
    message = receive(committed_office, "0905000217")
    wait_until(lambda: bool(journal()), running)
    wait_until(lambda: not Message.objects.filter(state__in=LIVE).exists(), running)
    message.refresh_from_db()
    assert (message.state, dict(journal())) == (State.DELIVERED, {str(message.tracking_id): 1})


def test_figures_wait_for_all_other_tasks(worker: Callable[[], Worker], committed_province: Any) -> None:
    """Days, sent as other tasks are, stand for notices."""
    slug = committed_province.slug
    for number in range(1, 5):
        refresh.delay(slug, "month", f"2026-0{number}-01")
    for number in range(1, 5):
        refresh.apply_async((slug, "day", f"2026-01-0{number}"), queue="celery")
    periods = StatisticsSnapshot.objects.values_list("unit", "start").distinct()
    running = worker()
    wait_until(lambda: periods.count() == 8, running)
    counted = list(StatisticsSnapshot.objects.order_by("computed_at").values_list("unit", flat=True))
    assert counted == sorted(counted)


def test_a_killed_worker_and_a_lost_queue_lose_nothing_and_repeat_nothing(committed_office, worker, journal):
    first = worker()
    slow = receive(committed_office, SLOW)
    expected = {str(slow.tracking_id)}
    for number in range(RECEIPTS - 1):
        expected.add(str(receive(committed_office, f"09050001{number:02d}").tracking_id))
    on_its_way = Message.objects.filter(pk=slow.pk, state=State.SENDING)
    wait_until(lambda: on_its_way.exists() and bool(journal()), first)
    end(first)
    assert on_its_way.exists(), "the kill met no message on its way: the test shows nothing"
    app.control.purge()
    _let_leases_run_out()

    second = worker()
    wait_until(lambda: not Message.objects.filter(state__in=LIVE).exists(), second, tasks.sweep.delay)
    assert journal() == Counter(dict.fromkeys(expected, 1))
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.filter(message=slow, outcome=Attempt.Outcome.LAPSED).count() == 1


def _let_leases_run_out() -> None:
    """Time passes until what the dead worker held is free."""
    Lane.objects.filter(lease_until__isnull=False).update(lease_until=Now())
    Message.objects.filter(state=State.SENDING).update(lease_until=Now(), next_attempt_at=Now())
