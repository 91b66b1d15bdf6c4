"""What the pretended provider wrote down: one JSON line per thing that happened, each in one write."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

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
    """Appends; each line is whole or not there, also when this process is killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, event: str, account: str, **values: str | bool) -> None:
        line = Line(event, time.time(), time.monotonic(), account, **values)  # type: ignore[arg-type]
        os.write(self._file, (json.dumps(asdict(line), ensure_ascii=False) + "\n").encode())


class Reader:
    """Reads on where it stopped, so that looking often costs little."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[Line] = []
        self._offset = 0

    def lines(self) -> list[Line]:
        """All whole lines so far, oldest first; [] when there is no journal yet."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._offset)
                *whole, _rest = file.read().split(b"\n")
            self._offset += sum(len(line) + 1 for line in whole)
            self._lines += [Line(**json.loads(line)) for line in whole]
        return list(self._lines)


def read(path: Path) -> list[Line]:
    """All whole lines, oldest first; [] when there is no journal yet."""
    return Reader(path).lines()
