"""The portal's processes as an installation runs them: started, killed, stopped; each leads its own group."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from portal.demo.plan import web_answers

ROOT = Path(__file__).resolve().parents[2]
SHIFTED = Path(__file__).with_name("shifted")
_READY_SECONDS = 90.0
_STOP_SECONDS = 20.0


class Server:
    """One process and its children, by the group that it leads."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.environ, self.log = name, tuple(command), dict(environ), log
        self.started_at = 0.0
        self.deaths = 0
        self._wanted = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._lock:
            assert not self.alive, f"{self.name} runs already"
            self._wanted = True
            self._launch()

    def revive(self) -> None:
        """Start it again if it ended by itself, as Docker, systemd or the demonstration's supervisor do."""
        with self._lock:
            if self._wanted and not self.alive:
                self.deaths += 1
                self._signal_group(signal.SIGKILL)
                self._launch()

    def _launch(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def children(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for one in threads for child in one.read_text().split()]

    def freeze(self) -> None:
        """SIGSTOP for it and all its children, as when the machine swaps or a hypervisor pauses it."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """kill -9 for it and all its children, as when the machine fails."""
        with self._lock:
            self._wanted = False
            self._signal_group(signal.SIGKILL)

    def crash(self) -> None:
        """kill -9, after which it is started again as by its unit."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, time to finish, then kill."""
        with self._lock:
            self._wanted = False
            if self._process is not None and self.alive:
                self._process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_STOP_SECONDS)
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        self._process.wait(10)

    def last_words(self, lines: int = 12) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


def worker(children: int) -> tuple[str, ...]:
    """As `portal.demo.plan` starts it."""
    celery = python("-m", "celery", "-A", "portal", "worker", "--loglevel", "warning")
    return (*celery, "--pool", "prefork", "-c", str(children), "--without-mingle", "--without-gossip")


def beat(schedule: Path) -> tuple[str, ...]:
    celery = python("-m", "celery", "-A", "portal.beat", "beat", "--loglevel", "warning")
    return (*celery, "--schedule", str(schedule), "--pidfile=")


def relay() -> tuple[str, ...]:
    return python("manage.py", "relay", "run")


def web(port: int) -> tuple[str, ...]:
    return python("-m", "portal.server", "--port", str(port))


def shifted(environ: Mapping[str, str], seconds: float) -> dict[str, str]:
    """The environment of a process whose clock is wrong by so many seconds."""
    return {**environ, "PYTHONPATH": str(SHIFTED), "CLOCK_SHIFT": str(seconds)}


def wait_until(
    condition: Callable[[], bool], seconds: float, what: str = "", every: float = 0.05
) -> float | None:
    """Look often; the moment at which it held (monotonic), or None when the time ran out and no `what` is
    given; with `what` that raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            if what:
                raise TimeoutError(f"{what}: not within {seconds:.0f} s")
            return None
        time.sleep(every)
    return time.monotonic()


def wait_for_web(port: int) -> None:
    wait_until(lambda: web_answers(port), _READY_SECONDS, "web")
