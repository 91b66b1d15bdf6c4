"""Acts on dossiers in process beside the raw writes of the same acts, with fsync on; and how many statements they take.

The writes of an act are listened to inside a transaction that is rolled back, and then said again in one transaction:
the same texts and values, with the keys that the rows get this time. Reads and checks are not among them.
"""

import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from bench import Figure, Ground, Stage

ROUNDS = 5
ACTS = int(os.environ.get("BENCH_ACTS", "40"))
CHANNEL = frozenset({"mock"})
BOUNDS = {"receive": 0.16, "advance": 0.10}
"""Without a channel; with one the writes are more and the reads hardly."""
APART = 1_000_000_000
_WRITES = re.compile(r'\b(INSERT INTO|DELETE FROM)\b|\bUPDATE "?\w+"? SET\b', re.IGNORECASE)

Act = Callable[[], object]


@dataclass(frozen=True)
class Write:
    """A statement, its values, and the keys it returned."""

    text: str
    values: Any
    returned: Sequence[Any]


def measure(stage: Stage) -> Iterable[Figure]:
    from bench.traffic.durable import durable_database

    with durable_database(), stage.province() as ground:
        _keep_keys_apart(ground)
        desk = _Desk(ground)
        for name, consents in (("without a channel", frozenset()), ("with a channel", CHANNEL)):
            for verb, prepared in (("receive", desk.receipts), ("advance", desk.forwardings)):
                stage.say(f"{verb} {name}: {ROUNDS} × {ACTS}")
                bound = None if consents else BOUNDS[verb]
                yield from _compare(f"{verb} {name}", prepared, consents, bound)


def _compare(
    name: str, prepared: Callable[[int, Any], list[Act]], consents: Any, bound: float | None
) -> Iterable[Figure]:
    for act in prepared(3, consents):
        act()
    ours, raw, counted, writes = [], [], [], []
    for _round in range(ROUNDS):
        acts = prepared(ACTS, consents)
        ours.append(_a_second(acts))
        heard = _listen(prepared(ACTS, consents))
        counted += [statements for statements, _writes in heard]
        writes += [len(said) for _statements, said in heard]
        raw.append(_a_second([_Replay(said) for _statements, said in heard]))
    ratio = statistics.median(one / other for one, other in zip(ours, raw, strict=True))
    yield Figure(f"{name}, statements", statistics.median(counted), "SQL")
    yield Figure(f"{name}, of them writes", statistics.median(writes), "SQL")
    yield Figure(name, statistics.median(ours), "1/s")
    yield Figure(f"{name}, raw writes", statistics.median(raw), "1/s")
    yield Figure(f"{name} / raw writes", ratio, "ratio", bound=bound)


def _a_second(acts: Sequence[Act]) -> float:
    started = time.perf_counter()
    for act in acts:
        act()
    return len(acts) / (time.perf_counter() - started)


def _listen(acts: Sequence[Act]) -> list[tuple[int, list[Write]]]:
    """Statements and writes of each act; none of them stays."""
    from tests.provinces import undone

    heard: list[tuple[int, list[Write]]] = []

    def listen(execute: Any, text: str, values: Any, many: bool, context: Any) -> Any:
        assert not many, text
        answer = execute(text, values, many, context)
        statements, writes = heard[-1]
        if not text.startswith(("SAVEPOINT", "RELEASE")):
            statements += 1
        if _WRITES.search(text):
            cursor, returned = context["cursor"], []
            if "RETURNING" in text.upper():
                returned = cursor.fetchall()
                cursor.scroll(0, "absolute")
            writes.append(Write(text, values, returned))
        heard[-1] = statements, writes
        return answer

    with undone():
        for act in acts:
            heard.append((0, []))
            with connection.execute_wrapper(listen):
                act()
    return heard


class _Replay:
    """The writes of one act, once more."""

    def __init__(self, writes: list[Write]) -> None:
        self.writes = writes

    def __call__(self) -> None:
        keys: dict[int, int] = {}
        with transaction.atomic(), connection.cursor() as cursor:
            for write in self.writes:
                cursor.execute(write.text, _said_anew(write.values, keys))
                if write.returned:
                    for before, now in zip(write.returned, cursor.fetchall(), strict=True):
                        keys |= {
                            old: new for old, new in zip(before, now, strict=True) if isinstance(old, int)
                        }


def _said_anew(value: Any, keys: dict[int, int]) -> Any:
    """The values with the keys of this time; no other number is as large, see `_keep_keys_apart`."""
    if isinstance(value, (list, tuple)):
        return type(value)(_said_anew(one, keys) for one in value)
    return keys.get(value, value) if isinstance(value, int) and value > APART else value


def _keep_keys_apart(ground: Ground) -> None:
    """Give the rows of each table keys that no row of another has, and no other number either."""
    from tenants.isolation.context import province_context
    from tests.provinces import as_owner

    with as_owner(), province_context(ground.record), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = %s AND data_type::text = 'bigint'",
            [ground.record.schema_name],
        )
        for number, (name,) in enumerate(cursor.fetchall(), start=1):
            cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH {number * APART + 1}')


class _Desk:
    """Acts that are ready to be done: each receipt has a new owner, each forwarding of a dossier of its own."""

    def __init__(self, ground: Ground) -> None:
        self.office = ground.office
        self.people = 0

    def receipts(self, count: int, consents: Any) -> list[Act]:
        from dossiers.lifecycle import actions as services
        from dossiers.lifecycle.intake import PersonData

        acts: list[Act] = []
        for _number in range(count):
            self.people += 1
            owner = PersonData(name="Nguyễn Thị Minh Họa", phone=f"0905{self.people:06d}")
            intake = self.office.intake(owner=owner, consents=consents)
            acts.append(lambda intake=intake: services.receive(intake, actor=self.office.clerk))
        return acts

    def forwardings(self, count: int, consents: Any) -> list[Act]:
        from dossiers.lifecycle import actions as services

        acts: list[Act] = []
        for receipt in self.receipts(count, consents):
            dossier = receipt().dossier  # type: ignore[attr-defined]
            given = services.TransitionInput(assignee=self.office.specialist)
            acts.append(
                lambda dossier=dossier, given=given: services.apply_transition(
                    dossier.pk, "forward", actor=self.office.clerk, seen=dossier.last_sequence, given=given
                )
            )
        return acts
