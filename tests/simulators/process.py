"""A simulator as tests and benchmarks start it: what each offers, and one that is a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]


class Started:
    """A simulator that listens on `port` until it is stopped: `with …() as simulator:`."""

    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def stop(self) -> None:
        """Ends it; asking twice does no harm."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class StartedProcess(Started):
    """`python -m MODULE ARGUMENTS`, outside everything of ours. `first_line`: its words on standard output."""

    # A connection that a client keeps open holds back the end; a journal is written line by line.
    patience_seconds = 10.0

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None
        self.first_line = self._process.stdout.readline().decode().split()
        if not self.first_line:
            self._process.wait(10)
            raise RuntimeError(f"{module} did not start")
        # An address or a port alone.
        self.port = int(self.first_line[0].rpartition(":")[2])

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(self.patience_seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._process.stdout:
            self._process.stdout.close()

    def kill(self) -> None:
        """Without a goodbye, as when the machine fails. What it knew is gone; its journal file stays."""
        self._process.kill()
        self._process.wait(10)
