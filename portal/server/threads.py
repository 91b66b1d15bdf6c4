"""Threads of one kind, shared by turns: who asks for much waits for itself, and keeps nobody else waiting."""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

type Sender = tuple[str, str]
"""The network, or whatever else shares threads with others, and one of those who share that share."""


class TurnTooLate(Exception):
    """All threads of a kind were busy for too long."""


class SharedThreads:
    """So many threads. Where more networks wait than there are threads, each has its turn, and in it one sender after
    another. A network has at most `each` threads at one time. Used by the event loop alone.
    """

    def __init__(self, name: str, number: int, each: int) -> None:
        self.executor = ThreadPoolExecutor(number, name)
        self._free, self._each = number, each
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, dict[str, deque[asyncio.Future[None]]]] = {}

    async def run(
        self, sender: Sender, function: Callable[..., Any], *given: Any, longest: float | None = None
    ) -> Any:
        """What the function answers in one of the threads, once it is this sender's turn.

        Raises TurnTooLate where that is not within `longest` seconds; then nothing was done.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        turn: asyncio.Future[None] = loop.create_future()
        network, one = sender
        self._waiting.setdefault(network, {}).setdefault(one, deque()).append(turn)
        self._give_turns()
        try:
            await asyncio.wait_for(turn, longest)
        except BaseException as error:
            # The turn may have come at the very moment at which the wait ended.
            if turn.done() and not turn.cancelled():
                self._take_back(network)
            if isinstance(error, TimeoutError):
                raise TurnTooLate from None
            raise
        try:
            return await loop.run_in_executor(self.executor, context.run, function, *given)
        finally:
            self._take_back(network)

    def _take_back(self, network: str) -> None:
        self._free += 1
        self._running[network] -= 1
        if not self._running[network]:
            del self._running[network]
        self._give_turns()

    def _give_turns(self) -> None:
        while self._free:
            network = next((one for one in self._waiting if self._running[one] < self._each), None)
            if network is None:
                return
            # Taken out and put in again at the end: the next turn is another's.
            senders = self._waiting.pop(network)
            one = next(iter(senders))
            turns = senders.pop(one)
            turn = turns.popleft()
            if turns:
                senders[one] = turns
            if senders:
                self._waiting[network] = senders
            if not turn.done():
                self._free -= 1
                self._running[network] += 1
                turn.set_result(None)
