"""The pretended provider's own memory: one file per province, one JSON line per message it took."""

import fcntl
import json
import os
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from messaging.channels.base import OutgoingMessage
from tenants import clock

_TAKEN = "taken"
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the telephone shows it; `when` is aware."""

    tracking_id: str
    number: str
    name: str
    title: str
    body: str
    rows: list[tuple[str, str]]
    button_label: str
    button_url: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What the provider knows of a message it took. `message_id` is its own name for it."""

    tracking_id: str
    message_id: str
    number: str
    when: datetime


@dataclass(slots=True)
class Telephone:
    """A number that got messages: the name of the last one, how many, and where they stand in the file."""

    number: str
    name: str = ""
    places: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.places)


class Journal:
    """The memory of one province. Reading goes on from where this process last stopped."""

    def __init__(self, province: UUID) -> None:
        self.path = Path(settings.DATA_DIR) / "mock-channel" / f"{province}.jsonl"

    def take(self, message: OutgoingMessage) -> Taken:
        """Write down a message that was taken."""
        at = clock.now()
        message_id = f"m-{uuid.uuid4().hex[:16]}"
        self._append(_line(_TAKEN, message, at, message_id))
        return Taken(str(message.tracking_id), message_id, message.address, at)

    def refuse(self, message: OutgoingMessage) -> None:
        """Write down an attempt that failed."""
        self._append(_line(_FAILED, message, clock.now(), ""))

    def taken(self, tracking_id: UUID) -> Taken | None:
        """The message of this tracking id, as it was first taken; None when it never was."""
        with self._known() as known:
            return known.taken.get(str(tracking_id))

    def all_taken(self) -> list[Taken]:
        """Everything that was taken, oldest first; one sent twice stands there once."""
        with self._known() as known:
            return list(known.taken.values())

    def received(self) -> list[Received]:
        """Every message that arrived, oldest first, each as often as it was sent."""
        with self._known() as known:
            places = [place for telephone in known.telephones.values() for place in telephone.places]
        return self._read(sorted(places))

    def has_failed(self, tracking_id: UUID) -> bool:
        """Whether an attempt with this tracking id failed before."""
        with self._known() as known:
            return str(tracking_id) in known.failed

    def telephones(self) -> list[Telephone]:
        """All numbers that got messages, the one written to last first."""
        with self._known() as known:
            return list(reversed(known.telephones.values()))

    def messages(self, telephone: Telephone, last: int | None = None) -> list[Received]:
        """The messages of a telephone, or the `last` of them, oldest first."""
        return self._read(telephone.places if last is None else telephone.places[-last:])

    def _read(self, places: Sequence[int]) -> list[Received]:
        if not places:
            return []
        with self.path.open("rb") as file:
            return [_received(json.loads(_at(file, place))) for place in places]

    def _append(self, line: dict[str, Any]) -> None:
        """In one write, so that a killed process leaves a whole line or none."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)

    @contextmanager
    def _known(self) -> Iterator["_Index"]:
        index = _index(self.path)
        with index.lock:
            index.read_on()
            yield index


def inbox(province: UUID, number: str) -> list[Received]:
    """Messages that arrived at this number of the province, oldest first."""
    journal = Journal(province)
    return [
        message
        for telephone in journal.telephones()
        if telephone.number == number
        for message in journal.messages(telephone)
    ]


class _Index:
    """What this process knows of one file. Only what was added since is read. Use it under its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._last = b""
        self._end = 0
        self.taken: dict[str, Taken] = {}
        self.failed: set[str] = set()
        self.telephones: dict[str, Telephone] = {}

    def read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                # Without the lock a line that is just being written would be seen in part.
                fcntl.flock(file, fcntl.LOCK_SH)
                file.seek(self._end - len(self._last))
                if file.read(len(self._last)) != self._last:
                    # Another file by the same name: a demonstration that was begun anew.
                    self._forget()
                file.seek(self._end)
                added = file.read()
        except FileNotFoundError:
            self._forget()
            return
        self._learn(added)

    def _learn(self, added: bytes) -> None:
        for text in added.splitlines(keepends=True):
            if not text.endswith(b"\n"):
                # A torn line is whole when the next one is written after it, or never.
                return
            place, self._end, self._last = self._end, self._end + len(text), text
            try:
                line = json.loads(text)
                self._know(line, place)
            except (ValueError, KeyError, TypeError):
                continue

    def _know(self, line: dict[str, Any], place: int) -> None:
        tracking_id, number = line["tracking_id"], line["number"]
        if line["event"] == _FAILED:
            self.failed.add(tracking_id)
        elif line["event"] == _TAKEN:
            when = datetime.fromisoformat(line["at"])
            taken = Taken(tracking_id, line.get("message_id", ""), number, when)
            self.taken.setdefault(tracking_id, taken)
            # Taken out and put back, so that the number written to last stands last.
            telephone = self.telephones.pop(number, None) or Telephone(number)
            # An answer in the chat knows the number alone.
            telephone.name = line["name"] or telephone.name
            telephone.places.append(place)
            self.telephones[number] = telephone


@lru_cache(maxsize=64)
def _index(path: Path) -> _Index:
    return _Index(path)


def _line(event: str, message: OutgoingMessage, at: datetime, message_id: str) -> dict[str, Any]:
    return {
        "event": event,
        "tracking_id": str(message.tracking_id),
        "message_id": message_id,
        "number": message.address,
        "name": message.name,
        "title": message.title,
        "body": message.body,
        "rows": [list(row) for row in message.rows],
        "button_label": message.button_label,
        "button_url": message.button_url,
        "at": at.isoformat(),
    }


def _at(file: Any, place: int) -> bytes:
    file.seek(place)
    return bytes(file.readline())


def _received(line: dict[str, Any]) -> Received:
    rows: Iterable[tuple[str, str]] = line["rows"]
    return Received(
        tracking_id=line["tracking_id"],
        number=line["number"],
        name=line["name"],
        title=line["title"],
        body=line["body"],
        rows=[(label, value) for label, value in rows],
        button_label=line["button_label"],
        button_url=line["button_url"],
        when=datetime.fromisoformat(line["at"]).astimezone(clock.VIETNAM),
    )
