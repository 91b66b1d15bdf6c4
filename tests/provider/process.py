"""The pretended provider as tests and benchmarks start it."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.provider import journal
from tests.provider.faults import EVERYBODY, Faults

ROOT = Path(__file__).resolve().parents[2]


class FakeProvider:
    """A provider process: `with FakeProvider(folder / "journal.jsonl") as provider:`."""

    def __init__(self, journal_path: Path, *, port: int = 0, seed: int | None = None) -> None:
        self.journal = journal_path
        self._reader = journal.Reader(journal_path)
        command = [
            sys.executable,
            "-m",
            "tests.provider",
            "--port",
            str(port),
            "--journal",
            str(journal_path),
        ]
        if seed is not None:
            command += ["--seed", str(seed)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.strip().isdigit():
            self._process.wait(10)
            raise RuntimeError("the pretended provider did not start")
        self.port = int(said)

    @property
    def address(self) -> str:
        """host:port, as OUTBOUND_ALLOW wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def control(self, account: str = EVERYBODY, **faults: Any) -> None:
        """From now on these faults and no others, for one account or for all."""
        Faults.read(dict(faults))
        status, answer = self.request("POST", "/_control", {"account": account, **faults})
        if status != 200:
            raise RuntimeError(answer.decode(errors="replace"))

    def request(self, method: str, target: str, content: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """One request, for tests of the provider itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            body = None if content is None else json.dumps(content).encode()
            connection.request(method, target, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def lines(self) -> list[journal.Line]:
        """What it wrote down so far."""
        return self._reader.lines()

    def stop(self) -> None:
        """Ends it; asking twice does no harm."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                # A connection that a client keeps open holds it back; its journal is written line by line.
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
