"""Checked records put aside until all rows are known to be sound, without holding them in memory."""

import pickle
from collections.abc import Iterator
from os import SEEK_END
from tempfile import TemporaryFile

_AT_ONCE = 1_000


class Spool[Item]:
    """A list that lives in a temporary file of this process alone: it has no name that anybody could open,
    and is gone with the process. Filled first, then read as often as needed."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="mot-cua-")  # noqa: SIM115 – lives as long as the list
        self._waiting: list[Item] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, item: Item) -> None:
        self._waiting.append(item)
        self._length += 1
        if len(self._waiting) >= _AT_ONCE:
            self._write()

    def __iter__(self) -> Iterator[Item]:
        self._write()
        end = self._file.seek(0, SEEK_END)
        place = 0
        while place < end:
            self._file.seek(place)
            # Nobody else can have written this file.
            items: list[Item] = pickle.load(self._file)  # noqa: S301
            place = self._file.tell()
            yield from items

    def __contains__(self, item: object) -> bool:
        return any(item == one for one in self)

    def _write(self) -> None:
        if self._waiting:
            self._file.seek(0, SEEK_END)
            pickle.dump(self._waiting, self._file, pickle.HIGHEST_PROTOCOL)
            self._waiting = []
