"""The pretended provider's own memory: one file per province, one JSON line per message it took."""

import json
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from messaging.channels.base import OutgoingMessage
from tenants import clock


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was taken, as the telephone shows it. `message_id` is the provider's name for it; `at` is aware."""

    tracking_id: str
    message_id: str
    number: str
    name: str
    title: str
    body: str
    rows: list[tuple[str, str]]
    button_label: str
    button_url: str
    at: datetime


class Journal:
    """The memory of one province."""

    def __init__(self, province: UUID) -> None:
        self.path = Path(settings.DATA_DIR) / "mock-channel" / f"{province}.jsonl"

    def take(self, message: OutgoingMessage) -> Received:
        """Write down a message that was taken."""
        return self._append("taken", message)

    def refuse(self, message: OutgoingMessage) -> None:
        """Write down an attempt that failed."""
        self._append("failed", message)

    def received(self) -> list[Received]:
        """Every message that arrived, oldest first, each as often as it was sent."""
        return [message for event, message in self._lines() if event == "taken"]

    def taken(self, tracking_id: UUID) -> Received | None:
        """The message of this tracking id, as it was first taken; None when it never was."""
        return next((one for one in self.received() if one.tracking_id == str(tracking_id)), None)

    def has_failed(self, tracking_id: UUID) -> bool:
        """Whether an attempt with this tracking id failed before."""
        return ("failed", str(tracking_id)) in ((event, one.tracking_id) for event, one in self._lines())

    def telephones(self) -> dict[str, list[Received]]:
        """What arrived at each number, oldest first; the number written to last stands first."""
        found: dict[str, list[Received]] = {}
        for message in self.received():
            # Taken out and put back, so that the number written to last stands last.
            found[message.number] = messages = found.pop(message.number, [])
            messages.append(message)
        return dict(reversed(found.items()))

    def _append(self, event: str, message: OutgoingMessage) -> Received:
        name = f"m-{uuid.uuid4().hex[:16]}"
        received = Received(
            str(message.tracking_id), name, message.address, message.name, message.title, message.body,
            list(message.rows), message.button_label, message.button_url, clock.now(),
        )  # fmt: skip
        line = {"event": event, **asdict(received), "at": received.at.isoformat()}
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # In one write, so that a killed process leaves a whole line or none.
            os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)
        return received

    def _lines(self) -> list[tuple[str, Received]]:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return []
        return _read(self.path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _size: int, _changed: int) -> list[tuple[str, Received]]:
    """What the file holds, as long as it has this size and time; a torn line is none."""
    found = []
    for text in path.read_bytes().splitlines():
        try:
            line = json.loads(text)
            event, at = line.pop("event"), datetime.fromisoformat(line.pop("at")).astimezone(clock.VIETNAM)
            rows = [(label, value) for label, value in line.pop("rows")]
            found.append((event, Received(**line, rows=rows, at=at)))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found
