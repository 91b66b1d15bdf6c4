"""Threads of one kind, shared by turns: who asks for much waits for itself, and keeps nobody else waiting."""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class SharedThreads:
    """So many threads. Where more senders wait than there are threads, each is served in its turn.

    A sender has at most `each` threads at one time. Used by the event loop alone.
    """

    def __init__(self, name: str, number: int, each: int) -> None:
        self.executor = ThreadPoolExecutor(number, name)
        self._free, self._each = number, each
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def run(self, sender: str, function: Callable[..., Any], *given: Any) -> Any:
        """What the function answers in one of the threads, once it is this sender's turn."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.setdefault(sender, deque()).append(turn)
        self._give_turns()
        await turn
        try:
            return await loop.run_in_executor(self.executor, context.run, function, *given)
        finally:
            self._free += 1
            self._running[sender] -= 1
            if not self._running[sender]:
                del self._running[sender]
            self._give_turns()

    def _give_turns(self) -> None:
        while self._free:
            sender = next((one for one in self._waiting if self._running[one] < self._each), None)
            if sender is None:
                return
            # Taken out and put in again at the end: the next turn is another's.
            turns = self._waiting.pop(sender)
            turn = turns.popleft()
            if turns:
                self._waiting[sender] = turns
            if not turn.done():
                self._free -= 1
                self._running[sender] += 1
                turn.set_result(None)
