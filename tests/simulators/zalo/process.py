"""The simulator as tests and benchmarks start it: in a thread of theirs, or as a process of its own."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.simulators.local_http import serve
from tests.simulators.process import Started, StartedProcess
from tests.simulators.zalo.client import Control, Urls
from tests.simulators.zalo.settings import Settings
from tests.simulators.zalo.simulator import Simulator


async def serve_zalo(sim: Simulator, host: str, port: int, ready: Callable[[int], object]) -> None:
    """Serve until cancelled; `ready` is called with the port."""
    background = asyncio.ensure_future(sim.background())
    try:
        await serve(sim.handle, host, port, ready)
    finally:
        background.cancel()


class _Zalo(Started):
    """What both ways offer."""

    token: str

    @property
    def urls(self) -> Urls:
        return Urls.below(self.url)

    @property
    def control(self) -> Control:
        return Control(self.url, self.token)


class ZaloSimulator(_Zalo):
    """In this process, on a thread of its own: `with ZaloSimulator() as zalo:`.

    Nothing is delivered in the background unless `background=True`: `control.pump()`, `settle()` and
    `advance()` do it, so that tests need not wait. Other names are settings.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        port: int = 0,
        journal: Path | None = None,
        background: bool = False,
        **settings: Any,
    ) -> None:
        chosen = Settings()
        chosen.update({"background": background, **settings})
        self._ready = threading.Event()
        self._asked_port, self._journal, self._seed, self._settings = port, journal, seed, chosen
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(10) or not hasattr(self, "port"):
            raise RuntimeError("the simulator did not start")

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        try:
            self._loop.run_until_complete(self._serve())
        except asyncio.CancelledError:
            pass
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._task = asyncio.current_task()
        sim = Simulator(seed=self._seed, journal=self._journal, settings=self._settings)
        self.token = sim.token

        def ready(port: int) -> None:
            self.port = port
            self._ready.set()

        await serve_zalo(sim, "127.0.0.1", self._asked_port, ready)

    def stop(self) -> None:
        if self._thread.is_alive() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(10)


class ZaloProcess(_Zalo, StartedProcess):
    """A process of its own, outside everything of ours: for tests of faults and benchmarks.

    Delivers in the background. `settings` as of the command line: NAME=VALUE.
    """

    def __init__(self, *, port: int = 0, seed: int = 1, journal: Path | None = None, **settings: Any) -> None:
        arguments = ["--port", str(port), "--seed", str(seed)]
        arguments += ["--journal", str(journal)] if journal else []
        for name, value in settings.items():
            arguments += ["--set", f"{name}={value}"]
        super().__init__("tests.simulators.zalo", *arguments)
        self.token = self.first_line[1]
