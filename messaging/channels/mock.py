"""A pretended provider for demonstrations and tests: nothing leaves the machine.

It keeps its own journal outside our database, as a real provider would: one file per province, one JSON
line per message it took. It dedupes nothing, so a message sent twice stands there twice. The journal holds
names and numbers in plain text: this channel is not for real people.

Numbers ending in these digits behave badly, for tests:
    …9990  no such subscriber: refused for good
    …9991  the first attempt fails, later ones succeed
    …9992  answers after three seconds
    …9993  takes the message, but its answer is lost
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Health,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
)
from tenants import clock

REFUSED_FOR_GOOD = "9990"
FAILS_ONCE = "9991"
SLOW = "9992"
ANSWER_LOST = "9993"
SLOW_SECONDS = 3.0

_TAKEN = "taken"
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the telephone shows it; `when` is aware."""

    tracking_id: str
    number: str
    name: str
    title: str
    body: str
    rows: list[tuple[str, str]]
    button_label: str
    button_url: str
    when: datetime


class MockChannel(Channel):
    code = "mock"
    name = _("Kênh mô phỏng")
    capabilities = Capabilities(can_be_asked=True)
    timeout = timedelta(seconds=5)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        answer = self._take(Journal(account.province), message)
        return self.classify(answer)

    def classify(self, answer: object) -> Outcome:
        return {
            "ok": Outcome(OutcomeKind.DELIVERED),
            "no-subscriber": Outcome(
                OutcomeKind.PERMANENT, "no-subscriber", str(_("Số này không có tài khoản."))
            ),
            "busy": Outcome(OutcomeKind.TEMPORARY, "busy", str(_("Kênh đang bận."))),
            "cut": Outcome(OutcomeKind.UNKNOWN, "cut", str(_("Đứt kết nối sau khi gửi."))),
        }[str(answer)]

    def reconcile_unknown(self, account: Account, tracking_id: UUID) -> Finding:
        taken = any(
            line["tracking_id"] == str(tracking_id) for line in Journal(account.province).lines(_TAKEN)
        )
        return Finding.DELIVERED if taken else Finding.ABSENT

    def health(self, account: Account) -> Health:
        folder = Journal(account.province).path.parent
        writable = os.access(folder if folder.exists() else settings.DATA_DIR, os.W_OK)
        return Health(writable, "" if writable else str(_("Không ghi được sổ của kênh mô phỏng.")))

    @staticmethod
    def _take(journal: "Journal", message: OutgoingMessage) -> str:
        if message.number.endswith(REFUSED_FOR_GOOD):
            return "no-subscriber"
        if message.number.endswith(FAILS_ONCE) and not journal.has(_FAILED, message.tracking_id):
            journal.append(_FAILED, message)
            return "busy"
        if message.number.endswith(SLOW):
            time.sleep(SLOW_SECONDS)
        journal.append(_TAKEN, message)
        return "cut" if message.number.endswith(ANSWER_LOST) else "ok"


class Journal:
    """The pretended provider's own memory of one province."""

    def __init__(self, province: UUID) -> None:
        self.path = Path(settings.DATA_DIR) / "mock-channel" / f"{province}.jsonl"

    def append(self, event: str, message: OutgoingMessage) -> None:
        """Write one line in one write, so that a killed process leaves a whole line or none."""
        line: dict[str, Any] = {
            "event": event,
            "tracking_id": str(message.tracking_id),
            "number": message.number,
            "name": message.name,
            "title": message.title,
            "body": message.body,
            "rows": [list(row) for row in message.rows],
            "button_label": message.button_label,
            "button_url": message.button_url,
            "at": clock.now().isoformat(),
        }
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)

    def has(self, event: str, tracking_id: UUID) -> bool:
        return any(line["tracking_id"] == str(tracking_id) for line in self.lines(event))

    def lines(self, event: str) -> Iterator[dict[str, Any]]:
        """Lines of this event, oldest first; a line that cannot be read is passed over."""
        try:
            with self.path.open(encoding="utf-8") as file:
                # Without the lock a line that is just being written would be seen in part.
                fcntl.flock(file, fcntl.LOCK_SH)
                texts = file.readlines()
        except FileNotFoundError:
            return
        for text in texts:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if line["event"] == event:
                yield line

    def received(self) -> list[Received]:
        """All messages that arrived, oldest first."""
        return [
            Received(
                tracking_id=line["tracking_id"],
                number=line["number"],
                name=line["name"],
                title=line["title"],
                body=line["body"],
                rows=[(label, value) for label, value in line["rows"]],
                button_label=line["button_label"],
                button_url=line["button_url"],
                when=datetime.fromisoformat(line["at"]).astimezone(clock.VIETNAM),
            )
            for line in self.lines(_TAKEN)
        ]


def inbox(province: UUID, number: str) -> list[Received]:
    """Messages that arrived at this number of the province, oldest first."""
    return [message for message in Journal(province).received() if message.number == number]
