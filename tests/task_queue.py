"""Celery's queue in a test: tasks are noted instead of sent, or refused as by a broker that is down."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from messaging.channels.lanes import lanes
from portal.celery import app


@dataclass
class TaskQueue:
    """`sent`: each task as (name without its module, *arguments), in order; `refused`: those the broker did not take."""

    is_down: bool = False
    sent: list[tuple[Any, ...]] = field(default_factory=list)
    refused: list[tuple[Any, ...]] = field(default_factory=list)
    _watched: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def watch(self, task: str) -> list[tuple[Any, ...]]:
        """A list that gets the arguments of each task of this name from now on."""
        return self._watched.setdefault(task, [])

    def send_task(self, name: str, args: Any = (), *_rest: Any, **_options: Any) -> None:
        entry = (name.rpartition(".")[2], *(args or ()))
        if self.is_down:
            self.refused.append(entry)
            raise ConnectionError("no broker")
        self.sent.append(entry)
        if entry[0] in self._watched:
            self._watched[entry[0]].append(entry[1:])


@pytest.fixture
def task_queue(monkeypatch: pytest.MonkeyPatch) -> TaskQueue:
    """Every task that this test enqueues."""
    queue = TaskQueue()
    monkeypatch.setattr(app, "send_task", queue.send_task)
    monkeypatch.setattr(lanes, "_rests_until", 0.0)
    return queue
