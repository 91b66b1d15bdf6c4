"""What the pretended provider wrote down."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.simulators.journal import JournalFile, JournalReader

SEND, ASK, RECEIPT, CONTROL = "send", "ask", "receipt", "control"


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: the wall's clock; `mono`: the machine's, the same for all processes of one boot.

    `taken`: from this request on the provider has the message. `answer`: what it answered: "ok", a status,
    "hang", "cut", "garbage", "code …"; of a question the state; of a receipt the callback's status.
    """

    event: str
    at: float
    mono: float
    account: str
    reference: str = ""
    to: str = ""
    text: str = ""
    id: str = ""
    answer: str = ""
    taken: bool = False


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = JournalFile(path)

    def note(self, event: str, account: str, **values: str | bool) -> None:
        self._file.append(asdict(Line(event, time.time(), time.monotonic(), account, **values)))  # type: ignore[arg-type]


class Reader:
    """Reads on where it stopped."""

    def __init__(self, path: Path) -> None:
        self._file = JournalReader(path)
        self._lines: list[Line] = []

    def lines(self) -> list[Line]:
        """All lines so far, oldest first."""
        self._lines += [Line(**entry) for entry in self._file.new_entries()]
        return list(self._lines)
