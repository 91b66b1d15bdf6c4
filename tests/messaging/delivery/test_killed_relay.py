"""Real processes: relays killed in the middle of their work lose nothing."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from messaging.channels.states import State
from messaging.outbox.models.messages import Attempt, Message
from tests.messaging.conftest import agreed, let_leases_run_out, write

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

MESSAGES = 200
KILLS = 5
DEADLINE_SECONDS = 60.0


@pytest.fixture
def journal(committed_province: Any) -> Path:
    """The mock provider's own memory of the province, as the processes keep it."""
    return (
        Path(committed_province.environ["DATA_DIR"])
        / "mock-channel"
        / f"{committed_province.record.uuid}.jsonl"
    )


@pytest.fixture
def relay(committed_province: Any) -> Any:
    """`relay("run")` starts `manage.py relay run` for the province, without Valkey; ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    environ = {**committed_province.environ, "REDIS_URL": "redis://127.0.0.1:1/0"}

    def start(action: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "relay", action, "--province", committed_province.slug]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def taken(journal: Path) -> list[str]:
    """Tracking ids in the order in which the provider took them; a line still being written is not there yet."""
    if not journal.exists():
        return []
    *whole, _rest = journal.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["tracking_id"] for line in whole]


def wait_until(condition: Any, process: subprocess.Popen[bytes]) -> None:
    """Look often until the condition holds; fail at the deadline or when the process ends."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "deadline"
        assert process.poll() is None, process.stderr.read().decode()  # type: ignore[union-attr]
        threading.Event().wait(0.005)


def write_many() -> set[str]:
    people = [agreed(f"09050{number:05d}", f"Người {number}") for number in range(20)]
    with transaction.atomic():
        written = [write(people[number % 20], subject=f"dossier:{number}") for number in range(MESSAGES)]
    return {str(message.tracking_id) for message in written}


@pytest.mark.deep
def test_a_relay_killed_several_times_loses_nothing_and_repeats_nothing(journal: Path, relay: Any) -> None:
    expected = write_many()
    held_at_kill = 0
    for kill in range(KILLS):
        have = len(taken(journal))
        target = have + random.randint(1, max(1, (MESSAGES - have) // (KILLS - kill + 1)))
        process = relay("run")
        wait_until(lambda: len(taken(journal)) >= target, process)  # noqa: B023 – used at once
        process.send_signal(signal.SIGKILL)
        process.wait()
        held_at_kill += Message.objects.filter(state=State.SENDING).count()
        let_leases_run_out()
    assert relay("drain").wait(DEADLINE_SECONDS) == 0

    counted = Counter(taken(journal))
    repeated = sum(counted.values()) - len(counted)
    assert held_at_kill > 0, "no kill met a message on its way: the test shows nothing"
    assert set(counted) == expected
    assert repeated == 0, "this provider can be asked, so nothing is sent twice"
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.filter(outcome=Attempt.Outcome.LAPSED).count() == held_at_kill


def test_two_relays_at_once_send_each_message_once(journal: Path, relay: Any) -> None:
    expected = write_many()
    codes = [process.wait(DEADLINE_SECONDS) for process in [relay("drain"), relay("drain")]]
    left = relay("drain").wait(DEADLINE_SECONDS)
    assert (codes, left, sorted(taken(journal))) == ([0, 0], 0, sorted(expected))


def test_sigterm_ends_a_relay_in_order(journal: Path, relay: Any) -> None:
    write_many()
    process = relay("run")
    wait_until(lambda: taken(journal), process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_SECONDS) == 0
    assert not Message.objects.filter(state=State.SENDING).exists()
