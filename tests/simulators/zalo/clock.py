"""The simulator's own time: tokens, windows, ladders and delays ask this clock and no other."""

import heapq
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

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


VIETNAM = timezone(timedelta(hours=7))
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Clock:
    """Runs with the machine's time plus an offset, or stands still when frozen. Never goes back by itself."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        return self._frozen if self._frozen is not None else time.time() + self._offset

    def set(self, moment: float, *, freeze: bool | None = None) -> None:
        """`freeze` None: stands still if it stood still before."""
        stand = self._frozen is not None if freeze is None else freeze
        self._frozen = moment if stand else None
        self._offset = moment - time.time()


def read_moment(value: str | float) -> float:
    """Seconds since 1970 from a number or an ISO text; a text without zone is Vietnamese time."""
    if isinstance(value, (int, float)):
        return float(value)
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).timestamp()


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone(VIETNAM).isoformat(timespec="milliseconds")


def day_of(moment: float) -> str:
    """The Vietnamese calendar day, by which daily quotas are counted."""
    return datetime.fromtimestamp(moment, VIETNAM).strftime("%Y-%m-%d")
