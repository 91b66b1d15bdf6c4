"""Threads of one kind, shared by turns: who asks for much waits for itself, and keeps nobody else waiting."""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple


class Sender(NamedTuple):
    """The network, or whatever else takes turns, one of its people, and the group that has a share of its own."""

    network: str
    one: str = ""
    group: str = ""


WAITING_MOST = 200
"""Requests of one network that wait in a process for threads of one kind."""
WAIT_SECONDS = 60.0
"""So long anything waits for a thread: by then a browser, or the proxy before it, has given up."""


class TurnTooLate(Exception):
    """All threads of a kind were busy for too long, or too many of the same network wait for one."""


class SenderLeft(Exception):
    """The connection ended while its request waited."""


class Share:
    """So many threads, of several kinds together, a network has at one time in a process: all wait for one lock."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.running: Counter[str] = Counter()
        self.kinds: list[SharedThreads] = []


class SharedThreads:
    """So many threads. Where more networks wait than there are threads, each has its turn, and in it one sender after
    another. A network has at most `each` threads at one time, and its `share`; a group over all networks has all but
    one. Used by the event loop alone.
    """

    def __init__(self, name: str, number: int, each: int, share: Share | None = None) -> None:
        self.executor = ThreadPoolExecutor(number, name)
        self._share = share or Share(number)
        self._share.kinds.append(self)
        self._free, self._each, self._group = number, each, max(each, number - 1)
        self._running: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._lines: dict[str, dict[Sender, deque[asyncio.Future[None]]]] = {}

    async def run(
        self,
        sender: Sender,
        function: Callable[..., Any],
        *given: Any,
        longest: float = WAIT_SECONDS,
        left: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """What the function answers in one of the threads, once it is this sender's turn. `left` returns when they go.

        Raises TurnTooLate where its turn does not come within `longest` seconds or where WAITING_MOST of its network
        wait already, and SenderLeft; then nothing was done.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        turn: asyncio.Future[None] = loop.create_future()
        network = sender.network
        if self._waiting[network] >= WAITING_MOST:
            raise TurnTooLate
        self._lines.setdefault(network, {}).setdefault(sender, deque()).append(turn)
        self._give_turns()
        if not turn.done():
            try:
                await self._wait(turn, network, longest, left)
            except BaseException:
                # The turn may have come at the very moment at which the wait ended.
                if turn.done():
                    self._take_back(sender)
                else:
                    self._leave_line(sender, turn)
                raise
        try:
            return await loop.run_in_executor(self.executor, context.run, function, *given)
        finally:
            self._take_back(sender)

    async def _wait(
        self,
        turn: asyncio.Future[None],
        network: str,
        longest: float,
        left: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._waiting[network] += 1
        # Looked at while one waits, no longer: it costs a task, and most requests find a thread at once.
        leaving = asyncio.ensure_future(left()) if left else None
        try:
            either = [turn, leaving] if leaving else [turn]
            await asyncio.wait(either, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
            if leaving and leaving.done():
                raise SenderLeft
            if not turn.done():
                raise TurnTooLate
        finally:
            if leaving:
                leaving.cancel()
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]

    def _leave_line(self, sender: Sender, turn: asyncio.Future[None]) -> None:
        senders = self._lines[sender.network]
        senders[sender].remove(turn)
        if not senders[sender]:
            del senders[sender]
        if not senders:
            del self._lines[sender.network]

    def _take_back(self, sender: Sender) -> None:
        self._free += 1
        # In one subtraction, which leaves no name behind that has nothing running.
        self._running -= Counter(_shares(sender))
        self._share.running -= Counter([sender.network])
        for kind in self._share.kinds:
            kind._give_turns()

    def _give_turns(self) -> None:
        while self._free:
            waiting = (sender for senders in self._lines.values() for sender in senders)
            sender = next(filter(self._has_room, waiting), None)
            if sender is None:
                return
            # Taken out and put in again at the end: the next turn is another's.
            senders = self._lines.pop(sender.network)
            turns = senders.pop(sender)
            turn = turns.popleft()
            if turns:
                senders[sender] = turns
            if senders:
                self._lines[sender.network] = senders
            self._free -= 1
            self._running.update(_shares(sender))
            self._share.running[sender.network] += 1
            turn.set_result(None)

    def _has_room(self, sender: Sender) -> bool:
        network, *group = _shares(sender)
        return (
            self._running[network] < self._each
            and all(self._running[name] < self._group for name in group)
            and self._share.running[network] < self._share.most
        )


def _shares(sender: Sender) -> list[str]:
    """The names under which what runs for a sender counts; no network is called like a group."""
    return [sender.network, *([f"group {sender.group}"] if sender.group else [])]
