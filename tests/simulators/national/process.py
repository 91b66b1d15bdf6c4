"""The pretended national portal as tests start it."""

import http.client
import json
from pathlib import Path
from typing import Any

from tests.simulators.journal import JournalReader
from tests.simulators.process import StartedProcess


class FakeNationalPortal(StartedProcess):
    """A portal process: `with FakeNationalPortal(folder / "journal.jsonl") as portal:`."""

    patience_seconds = 1.0

    def __init__(self, journal: Path, *, port: int = 0) -> None:
        self._journal = journal
        super().__init__("tests.simulators.national", "--port", str(port), "--journal", str(journal))

    def control(self, **asked: Any) -> dict[str, dict[str, Any]]:
        """Do this, see `Portal._control`; what it has of each dossier afterwards."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("POST", "/_control", json.dumps(asked))
            found: dict[str, dict[str, Any]] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()

    def fault(self, kind: str, on: str = "*", times: int = 1) -> None:
        """The next `times` calls of this service fail so."""
        self.control(fault={"kind": kind, "on": on, "times": times})

    def taken(self, service: str) -> list[dict[str, Any]]:
        """What it took by this service since it was first started, in order."""
        return [one for one in JournalReader(self._journal).new_entries() if one["service"] == service]
