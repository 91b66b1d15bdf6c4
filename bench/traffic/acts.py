"""Acts on dossiers at a steady pace: `python -m bench.traffic.acts PROVINCE '{"rate": 50, …}'`.

Half of them take a dossier in, half forward one that was taken in some seconds before; each writes one
message that is due at once. The pace is kept whatever an act costs: one that is late does not shift the next.
Prints how many acts there were and how late the latest began.
"""

import json
import sys
import threading
import time
from collections import deque
from typing import Any

PEOPLE = 500
THREADS = 3
FORWARDED_AFTER = 3.0


class Desk:
    """Receives and forwards, at several desks; thread-safe."""

    def __init__(self, asked: dict[str, Any]) -> None:
        from tenants.accounts.models import User

        self.asked = asked
        # One desk alone could not: its receipts wait for each other at the counter that numbers them.
        self.desks = asked["desks"]
        self.clerk = User.objects.get(username=asked["clerk"])
        self.specialist = User.objects.get(username=asked["specialist"])
        self.received: deque[tuple[float, int, int]] = deque()
        self.done = 0
        self.latest = 0.0
        self._lock = threading.Lock()

    def act(self, number: int) -> None:
        """Forward a dossier with every second act, when one has waited long enough; else take one in."""
        ripe = None
        with self._lock:
            if number % 2 and self.received and self.received[0][0] <= time.monotonic() - FORWARDED_AFTER:
                ripe = self.received.popleft()
        if ripe:
            self._forward(*ripe[1:])
        else:
            self._receive(number)
        with self._lock:
            self.done += 1

    def _receive(self, number: int) -> None:
        from dossiers.lifecycle import actions as services
        from dossiers.lifecycle.intake import Intake, PersonData

        person = PersonData(
            name=f"Nguyễn Thị Minh Họa {number}", phone=f"{self.asked['numbers']}{number % PEOPLE:06d}"
        )
        dossier = services.receive(
            Intake(
                procedure_code=self.asked["procedure"],
                owner=person,
                receiving_agency=self.desks[number % len(self.desks)],
                competent_agency=self.asked["department"],
                consents=frozenset({"sms"}),
            ),
            actor=self.clerk,
        ).dossier
        with self._lock:
            self.received.append((time.monotonic(), dossier.pk, dossier.last_sequence))

    def _forward(self, dossier_id: int, seen: int) -> None:
        from dossiers.lifecycle import actions as services

        services.apply_transition(
            dossier_id,
            "forward",
            actor=self.clerk,
            seen=seen,
            given=services.TransitionInput(assignee=self.specialist),
        )

    def work(self, slug: str, started: float, numbers: Any) -> None:
        """One thread: the next act at its time, until there are no more."""
        from django.db import connection

        from tenants.isolation.context import province_context

        with province_context(slug):
            for number in numbers:
                wait = started + number / self.asked["rate"] - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                else:
                    with self._lock:
                        self.latest = max(self.latest, -wait)
                self.act(number)
        connection.close()


class _Numbers:
    """0, 1, 2, … handed out to several threads."""

    def __init__(self, count: int) -> None:
        self._numbers = iter(range(count))
        self._lock = threading.Lock()

    def __iter__(self) -> "_Numbers":
        return self

    def __next__(self) -> int:
        with self._lock:
            return next(self._numbers)


def main(slug: str, asked: dict[str, Any]) -> None:
    import django

    django.setup()

    from tenants.isolation.context import province_context

    with province_context(slug):
        desk = Desk(asked)
    numbers = _Numbers(int(asked["rate"] * asked["seconds"]))
    started = time.monotonic() + 0.5
    threads = [threading.Thread(target=desk.work, args=(slug, started, numbers)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    sys.stdout.write(json.dumps({"acts": desk.done, "seconds": seconds, "latest": desk.latest}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
