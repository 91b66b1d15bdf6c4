"""The simulator as tests and benchmarks start it: in a thread of theirs, or as a process of its own."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from tests.zalo_simulator.client import Control, Urls
from tests.zalo_simulator.server import listen
from tests.zalo_simulator.settings import Settings
from tests.zalo_simulator.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]


async def serve(sim: Simulator, host: str, port: int, ready: Any = None) -> None:
    """Serve until cancelled; `ready` is called with the port."""
    server = await listen(sim.handle, host, port)
    background = asyncio.ensure_future(sim.background())
    try:
        async with server:
            if ready is not None:
                ready(int(server.sockets[0].getsockname()[1]))
            await server.serve_forever()
    finally:
        background.cancel()


class _Started:
    """What both ways offer: `port`, `url`, `urls`, `control`."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """host:port, as OUTBOUND_ALLOW wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def urls(self) -> Urls:
        return Urls.below(self.url)

    @property
    def control(self) -> Control:
        return Control(self.url, self.token)

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class ZaloSimulator(_Started):
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

        await serve(sim, "127.0.0.1", self._asked_port, ready)

    def stop(self) -> None:
        """Ends it; asking twice does no harm."""
        if self._thread.is_alive() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(10)


class ZaloProcess(_Started):
    """A process of its own, outside everything of ours: for tests of faults and benchmarks.

    Delivers in the background. `settings` as of the command line: NAME=VALUE.
    """

    def __init__(
        self, *, port: int = 0, seed: int = 1, journal: Path | None = None, oas: int = 0, **settings: Any
    ) -> None:
        command = [sys.executable, "-m", "tests.zalo_simulator", "--port", str(port), "--seed", str(seed)]
        command += ["--journal", str(journal)] if journal else []
        command += ["--oas", str(oas)] if oas else []
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline().decode().split()
        if len(said) != 2:
            self._process.wait(10)
            raise RuntimeError("the simulator did not start")
        self.port, self.token = int(said[0].rpartition(":")[2]), said[1]

    def stop(self) -> None:
        """Ends it; asking twice does no harm."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()

    def kill(self) -> None:
        """Without a goodbye, as when the machine fails. Its world is gone; its journal file stays."""
        self._process.kill()
        self._process.wait(10)
