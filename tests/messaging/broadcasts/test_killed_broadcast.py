"""A broadcast whose process is killed again and again: nobody gets it twice and nobody is missed."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import time as wall
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from messaging.broadcasts.models import Publication, PublicationRecipient
from messaging.outbox.models.messages import Message, SendingRules
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, Office
from tests.messaging.broadcasting import approved, subscriber
from tests.messaging.conftest import let_leases_run_out

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

PEOPLE = 150
KILLS = 6
DEADLINE_SECONDS = 90.0


@pytest.mark.deep
def test_killed_anywhere_it_reaches_each_person_once(committed_province: Any) -> None:
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": wall(0, 0), "window_until": wall(23, 59, 59)}
    )
    desk = Office().desk
    author, second = (AssignmentFactory(agency=desk, role=Role.COMMUNICATIONS).user for _ in range(2))
    for number in range(PEOPLE):
        subscriber(number, "mock")
    made = approved(author, second)

    def found() -> int:
        return PublicationRecipient.objects.filter(publication=made).count()

    def told() -> int:
        return Message.objects.filter(bulk=True, accepted_at__isnull=False).count()

    # Two kills among the recipients that are being found, the others among the messages.
    aims = [(found, random.randint(1, PEOPLE - 1)) for _ in range(2)]
    aims += [(told, random.randint(1, PEOPLE - 10)) for _ in range(KILLS - 2)]
    killed = 0
    for count, aim in sorted(aims, key=lambda one: (one[0] is told, one[1])):
        process = _start(committed_province)
        _wait_until(lambda: count() >= aim, process)  # noqa: B023 – used at once
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += 1
        let_leases_run_out()
    assert _start(committed_province).wait(DEADLINE_SECONDS) == 0

    made.refresh_from_db()
    numbers = Counter(_taken(committed_province))
    assert (killed, made.state) == (KILLS, Publication.State.DONE)
    assert set(numbers) == {f"09050{number:05d}" for number in range(PEOPLE)}, "nobody is missed"
    assert set(numbers.values()) == {1}, "nobody gets it twice"


def _start(province: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.messaging.broadcast_worker", province.slug],
        cwd=settings.BASE_DIR,
        env={**province.environ, "REDIS_URL": "redis://127.0.0.1:1/0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_until(condition: Any, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "deadline"
        assert process.poll() is None, "it ended before it was killed"
        threading.Event().wait(0.005)


def _taken(province: Any) -> list[str]:
    """Numbers in the order in which the provider took messages to them."""
    journal = Path(province.environ["DATA_DIR"]) / "mock-channel" / f"{province.record.uuid}.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines()
    return [told["number"] for told in map(json.loads, lines) if "tracking_id" in told]
