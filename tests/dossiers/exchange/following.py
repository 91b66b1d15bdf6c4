"""The follower that the guide prints, with a store of its own."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings

from dossiers.exchange import event_log
from tests.factories import UserFactory

PAGE = Path("docs/tich-hop/su-kien.md")


def printed() -> dict[str, Any]:
    """What the program of the guide defines."""
    names: dict[str, Any] = {}
    for text in re.findall(r"```python\n(.*?)```", (settings.BASE_DIR / PAGE).read_text("utf-8"), re.S):
        exec(text, names)
    return names


class Follower:
    """Follows the present province; `followed` is what it holds, in the order of positions."""

    def __init__(self, store: str = ":memory:", reader: Any = None) -> None:
        program = printed()
        self._step, self.ask = program["step"], self._read
        self.store = sqlite3.connect(store, check_same_thread=False)
        self.store.executescript(program["TABLES"])
        self._reader = reader

    def step(self) -> bool:
        return bool(self._step(self.ask, self.store))

    def follow(self) -> list[dict[str, Any]]:
        while self.step():
            pass
        return self.followed

    @property
    def followed(self) -> list[dict[str, Any]]:
        rows = self.store.execute("SELECT body FROM event ORDER BY position").fetchall()
        return [json.loads(body) for (body,) in rows]

    def _read(self, address: str) -> dict[str, Any]:
        """As an administrator, without a server."""
        self._reader = self._reader or UserFactory(administrator=True)
        (after,) = re.findall(r"after=(\d+)", address)
        page = event_log.read(int(after), event_log.MOST, self._reader)
        return {"events": page.events, "next": page.next}
