"""What happened, in order, for tests to believe: requests with their answers, webhook attempts, arrivals."""

import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

from tests.simulators.journal import JournalFile
from tests.simulators.zalo.clock import Clock

REQUEST, WEBHOOK, PHONE, CONTROL, TOKEN = "request", "webhook", "phone", "control", "token"
_KEPT = 200_000


class Journal:
    """Keeps the last 200,000 entries, and all of them in `path` when there is one, a JSON line each.

    An entry has `n` (its number), `kind`, `at` (virtual seconds), `mono` (the machine's clock), and what its
    kind adds. `counters` survive the limit.
    """

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._number = 0
        self.counters: Counter[str] = Counter()
        self._file = JournalFile(path) if path else None

    def follow(self, clock: Clock) -> None:
        """From now on moments are read from this clock."""
        self._clock = clock

    def note(self, kind: str, **values: Any) -> dict[str, Any]:
        self._number += 1
        entry = {"n": self._number, "kind": kind, "at": self._clock.now(), "mono": time.monotonic(), **values}
        self._entries.append(entry)
        if self._file is not None:
            self._file.append(entry)
        return entry

    def count(self, name: str, by: int = 1) -> None:
        self.counters[name] += by

    def entries(self, kind: str = "", since: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """Entries numbered above `since`, whose values are as wanted."""
        return [
            entry
            for entry in self._entries
            if entry["n"] > since
            and kind in ("", entry["kind"])
            and all(str(entry.get(name)) == str(value) for name, value in wanted.items())
        ]

    def clear(self) -> None:
        self._entries.clear()
        self.counters.clear()
