"""Relays that are processes of their own, without Valkey, to be killed in the middle of their work."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction

from messaging.outbox.models.messages import Message
from tests.faults.processes import shifted
from tests.messaging.conftest import agreed, write

DEADLINE_SECONDS = 90.0
Process = subprocess.Popen[bytes]


@contextmanager
def relays(province: Any, **environ: str) -> Iterator[Callable[[str], Process]]:
    """`start("run")` starts `manage.py relay run` for this committed province; all end with the block.

    Its clock is `shift` seconds ahead.
    """
    started: list[Process] = []
    environ = {**province.environ, "REDIS_URL": "redis://127.0.0.1:1/0", **environ}

    def start(action: str, shift: float = 0.0) -> Process:
        command = [sys.executable, "manage.py", "relay", action, "--province", province.slug]
        env = shifted(environ, shift) if shift else environ
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def drained(process: Process) -> bool:
    """Whether it ended well within the deadline."""
    return process.wait(DEADLINE_SECONDS) == 0


def wait_for(condition: Callable[[], Any], process: Process) -> None:
    """Look often until the condition holds; fail at the deadline or when the process ends."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "deadline"
        if process.poll() is not None:
            # What it did last may be there by now.
            assert condition(), process.stderr.read().decode()[-2000:]  # type: ignore[union-attr]
        threading.Event().wait(0.005)


def write_many(count: int, **more: Any) -> list[Message]:
    people = [agreed(f"09050{number:05d}", f"Người {number}") for number in range(20)]
    with transaction.atomic():
        return [write(people[number % 20], subject=f"dossier:{number}", **more) for number in range(count)]
