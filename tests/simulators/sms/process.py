"""The pretended provider as tests and benchmarks start it."""

import http.client
import json
from pathlib import Path
from typing import Any

from tests.simulators.process import StartedProcess
from tests.simulators.sms.faults import EVERYBODY, Faults
from tests.simulators.sms.journal import Line, Reader


def account_settings(url: str, account: str) -> dict[str, Any]:
    """What an account of the SMS channel has to say to write to this account of a provider at `url`."""
    return {
        "base": url,
        "send": {
            "url": f"{{base}}/send/{account}",
            "fields": {
                "to": "{number}", "text": "{text}", "reference": "{reference}", "callback": "{callback}",
            },
            "id": "id",
        },
        "query": {
            "url": f"{{base}}/status/{account}?reference={{reference}}",
            "states": {word: word for word in ("accepted", "delivered", "undelivered", "absent")},
        },
    }  # fmt: skip


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
        return self._reader.lines()
