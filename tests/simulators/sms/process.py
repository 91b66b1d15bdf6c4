"""The pretended provider as tests and benchmarks start it."""

import http.client
import json
from pathlib import Path
from typing import Any

from tests.simulators.process import StartedProcess
from tests.simulators.sms.faults import EVERYBODY, Faults
from tests.simulators.sms.journal import Line, Reader


class FakeProvider(StartedProcess):
    """A provider process: `with FakeProvider(folder / "journal.jsonl") as provider:`."""

    patience_seconds = 1.0

    def __init__(self, journal: Path, *, port: int = 0, seed: int | None = None) -> None:
        self._reader = Reader(journal)
        arguments = ["--port", str(port), "--journal", str(journal)]
        arguments += [] if seed is None else ["--seed", str(seed)]
        super().__init__("tests.simulators.sms", *arguments)

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

    def lines(self) -> list[Line]:
        """What it wrote down so far."""
        return self._reader.lines()
