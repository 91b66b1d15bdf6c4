"""What will happen later on the virtual clock, in the order it is due."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Job = Callable[[], Awaitable[None] | None]


@dataclass(order=True)
class Entry:
    """Entries due at the same moment keep the order they were added in."""

    due: float
    number: int
    name: str = field(compare=False)
    job: Job = field(compare=False)


class Agenda:
    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._number = 0

    def add(self, due: float, name: str, job: Job) -> None:
        self._number += 1
        heapq.heappush(self._heap, Entry(due, self._number, name, job))

    def next_due(self) -> float | None:
        return self._heap[0].due if self._heap else None

    def pop_due(self, now: float) -> Entry | None:
        """The earliest entry that is due, taken off; None when there is none."""
        return heapq.heappop(self._heap) if self._heap and self._heap[0].due <= now else None

    def clear(self) -> None:
        self._heap.clear()

    def __len__(self) -> int:
        return len(self._heap)
