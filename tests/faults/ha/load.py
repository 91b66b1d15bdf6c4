"""What goes on while something breaks: clerks who receive dossiers, people who file, and a writer at each server."""

import itertools
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import pairwise

import psycopg

from tests.faults.desk import Desk
from tests.faults.filing.citizen import Answer, Citizen, Typed

ACTS_PER_SECOND = 30
WAITING_MOST = 60
"""Acts that wait for an answer at one time; then the clerks wait as well."""
ASK_EVERY = 0.1
THINKING_SECONDS = 0.3
WORDS_LEAST = 20
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


def fault_of(status: int, page: str) -> str:
    """What a page said that it must not say; "" for none. An answer without words is as bad as a traceback."""
    if status in (200, 302, 303, 404, 429):
        return ""
    words = " ".join(_TAG.sub(" ", page).split())
    return (
        ""
        if status == 503 and len(words) >= WORDS_LEAST
        else f"{status} {words.partition(' English ')[2][:160] or words[:160]!r}"
    )


@dataclass
class Clerks(threading.Thread):
    """Receive dossiers at a steady pace until `end`; no act is tried again. Times are monotonic seconds."""

    desk: Desk
    acknowledged: dict[str, float] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0
    crowded: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()
        self._free = threading.Semaphore(WAITING_MOST)
        self._pool = ThreadPoolExecutor(WAITING_MOST)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / ACTS_PER_SECOND, time.monotonic() - 1)
            self._free.acquire()
            phone = self.desk.new_numbers(1)[0]
            self.tried.append(phone)
            self._pool.submit(self._act, phone)

    def _act(self, phone: str) -> None:
        try:
            status, page = self.desk.receive(phone)
        except (OSError, HTTPException):
            self.unanswered += 1
        else:
            if status in (302, 303):
                self.acknowledged[phone] = time.monotonic()
            elif fault := fault_of(status, page):
                self.faults.append(f"act: {fault}")
            elif status == 503:
                self.refused += 1
            elif status == 429:
                self.crowded += 1
            else:
                self.faults.append(f"act: {status}")
        finally:
            self._free.release()

    def since(self, moment: float) -> int:
        """How many acts were acknowledged after this moment."""
        return sum(at > moment for at in list(self.acknowledged.values()))

    def longest_pause(self, begin: float, end: float) -> float:
        """The longest time between two acknowledged acts, seconds."""
        between = sorted(at for at in self.acknowledged.values() if begin < at < end)
        return max(later - earlier for earlier, later in pairwise([begin, *between, end]))

    def end(self) -> None:
        self._over.set()
        self.join()
        self._pool.shutdown()


@dataclass
class Filer(Citizen):
    """A citizen who fills in pages until `over`, then files; what pages answer meanwhile is kept."""

    refused: int = 0
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, path: str, typed: Typed | None = None, photo: bytes | None = None, share: float = 1
    ) -> Answer:
        self.over.wait(THINKING_SECONDS)
        answer = super().ask(path, typed, photo, share)
        if fault := fault_of(answer.status, answer.page):
            self.faults.append(f"{path.split('/')[-2]}: {fault}")
        self.refused += answer.status == 503
        return answer

    def go_on(self, marks: Sequence[str], photos: Sequence[bytes]) -> None:
        """Fill in the pages again and again, with a photograph each time while there are any left; then file."""
        left = iter(photos)
        for mark in itertools.cycle(marks):
            self.walk(mark)
            if photo := next(left, None):
                self.photograph(photo)
            elif self.over.is_set():
                break
        self.file()


class Asker(threading.Thread):
    """Writes a row at one server ten times a second, and keeps what was acknowledged, and when."""

    def __init__(self, name: str, address: str) -> None:
        super().__init__(daemon=True)
        self.node, self.address = name, address
        self.acknowledged: dict[int, float] = {}
        self.asked = 0
        self._over = threading.Event()

    def run(self) -> None:
        own = None
        while not self._over.wait(ASK_EVERY):
            self.asked += 1
            try:
                if own is None or own.closed:
                    own = psycopg.connect(self.address, autocommit=True, connect_timeout=2)
                own.execute("INSERT INTO public.asked VALUES (%s, %s)", (self.node, self.asked))
                self.acknowledged[self.asked] = time.monotonic()
            except psycopg.errors.ReadOnlySqlTransaction:
                pass
            except psycopg.Error:
                if own is not None:
                    own.close()
        if own is not None:
            own.close()

    def end(self) -> None:
        self._over.set()
        self.join(30)


def both_acknowledged(askers: Sequence[Asker]) -> int:
    """Rows that a server acknowledged after the other one had begun to: of one change of leader there are none."""
    first, second = sorted(
        (sorted(asker.acknowledged.values()) for asker in askers),
        key=lambda times: times[:1] or [float("inf")],
    )
    return sum(at > second[0] for at in first) if second else 0
