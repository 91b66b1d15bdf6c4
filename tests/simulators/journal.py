"""Journals in files: one JSON line per thing that happened, each in one write."""

import json
import os
from pathlib import Path
from typing import Any


class JournalFile:
    """Appends; each line is whole or not there, also when this process is killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, entry: dict[str, Any]) -> None:
        os.write(self._file, (json.dumps(entry, ensure_ascii=False) + "\n").encode())


class JournalReader:
    """Reads on where it stopped, so that looking often costs little."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def new_entries(self) -> list[dict[str, Any]]:
        """The whole lines since the last time, oldest first; [] when there is no journal yet."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            *whole, _rest = file.read().split(b"\n")
        self._offset += sum(len(line) + 1 for line in whole)
        return [json.loads(line) for line in whole]
