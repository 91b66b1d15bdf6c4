"""How long a body may take: ten seconds for anybody, as long as it keeps its rate for an upload."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator

import pytest

from portal.server import application
from portal.server.application import Refusal, TooSlow


class Client:
    """Sends parts of a body after so many seconds each, on the clock of the loop."""

    def __init__(self, *parts: tuple[float, bytes]) -> None:
        self.parts = iter(parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for seconds, part in self.parts:
            await asyncio.sleep(seconds)
            yield part


class QuickLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next thing to do."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = QuickLoop()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("client", "size_max", "rate_min", "answer"),
    [
        (Client((9, b"x" * 90)), 100, 0, None),
        (Client((5, b"x"), (5.1, b"x")), 100, 0, TooSlow),
        (Client(*[(1, b"x")] * 11), 100, 0, TooSlow),
        (Client((0, b"x" * 60), (0, b"x" * 60)), 100, 0, Refusal.TOO_LARGE),
        (Client(*[(1, b"x" * 60)] * 30), 10_000, 50, None),
        (Client(*[(1, b"x" * 40)] * 60), 10_000, 50, TooSlow),
    ],
    ids=["in-time", "late", "byte-by-byte", "too-large", "upload-at-its-rate", "upload-too-slow"],
)
def test_a_body_is_read_or_refused(loop, client, size_max, rate_min, answer):
    reading = application.read_body(aiter(client), io.BytesIO(), size_max=size_max, rate_min=rate_min)
    if answer is TooSlow:
        with pytest.raises(TooSlow):
            loop.run_until_complete(reading)
    else:
        assert loop.run_until_complete(reading) is answer
