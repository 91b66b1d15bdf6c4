"""Whoever follows the log holds what the province holds: writers that commit out of order, sealers and followers that
die anywhere, and an older copy that takes the province's place in the middle."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from tenants import clock
from tenants.audit import sealer
from tenants.audit.models import Seal, Unsealed
from tenants.isolation.context import province_context
from tests.conftest import CommittedProvince
from tests.dossiers.exchange.following import Follower
from tests.factories import Office, UserFactory
from tests.messaging.relays import relays

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

PATIENCE = 60
OLDER_COPY = """
SELECT set_config('search_path', '{schema}', true);
ALTER TABLE dossiers_event DISABLE TRIGGER USER;
ALTER TABLE audit_seal DISABLE TRIGGER USER;
-- What had been written and had no position yet when the backup was made.
INSERT INTO audit_unsealed (source, row_id, since) SELECT source, row_id, at FROM audit_seal
    WHERE id > {holds} AND source <> '' ORDER BY id LIMIT 3;
DELETE FROM audit_seal WHERE id > {holds};
DELETE FROM dossiers_event e WHERE id NOT IN (SELECT row_id FROM audit_seal WHERE source <> '')
    AND id NOT IN (SELECT row_id FROM audit_unsealed);
ALTER TABLE dossiers_event ENABLE TRIGGER USER;
ALTER TABLE audit_seal ENABLE TRIGGER USER;
SELECT pg_advisory_xact_lock(hashtextextended('audit.seal:{schema}', 0));
SELECT public.seal_log('{schema}');
"""
FOLLOWER = """
import sys, threading, django
django.setup()
from tenants.accounts.models import User
from tenants.isolation.context import province_context
from tests.dossiers.exchange.following import Follower
slug, store, reader = sys.argv[1:]
with province_context(slug):
    follower = Follower(store=store, reader=User.objects.get(pk=reader))
    while True:
        follower.step()
        threading.Event().wait(0.02)
"""


class Stage:
    """A province with some dossiers, its writers, and its owner."""

    def __init__(self, province: CommittedProvince, writers: int) -> None:
        self.province, self.slug = province, province.slug
        office = Office("H99")
        self.dossiers = [
            services.receive(office.intake(), actor=office.clerk).dossier for _number in range(writers)
        ]
        self.reader = UserFactory(administrator=True)
        self.own = connection.connection.info.backend_pid
        self.ended = 0
        self.over = threading.Event()
        self.failed: list[BaseException] = []

    def write(self, events: int) -> None:
        """Each dossier in a thread of its own; some transactions are long, some are undone."""
        for one in self.threads(*(lambda place=place: self._write(place, events) for place in self.dossiers)):
            one.join(PATIENCE)

    def _write(self, dossier: Dossier, events: int) -> None:
        first = dossier.events.latest("sequence")
        for sequence in range(first.sequence + 1, first.sequence + 1 + events):
            for undone in (random.random() < 0.1, False):
                with transaction.atomic():
                    Event.objects.create(
                        dossier=dossier, sequence=sequence, kind="assign", at=clock.now(), to_step=first.to_step,
                        status=first.status, holder_id=first.holder_id,
                    )  # fmt: skip
                    self.over.wait(random.random() ** 4 / 10)
                    transaction.set_rollback(undone)
                if not undone:
                    break

    def threads(self, *works: Callable[[], Any]) -> list[threading.Thread]:
        started = [threading.Thread(target=self._inside, args=[work], daemon=True) for work in works]
        for one in started:
            one.start()
        return started

    def _inside(self, work: Callable[[], Any]) -> None:
        try:
            with province_context(self.province.record):
                work()
        except BaseException as error:
            self.failed.append(error)
        finally:
            connection.close()

    def put_an_older_copy_in_place(self) -> None:
        last = sealer.head()
        holds = random.randint(last // 2, last)
        with psycopg.connect(self.province.environ["DATABASE_OWNER_URL"]) as owner:
            owner.execute(OLDER_COPY.format(schema=self.slug, holds=holds))

    def cut(self, what: str) -> None:
        """End the sessions of the runtime login that did this last in this database, but that of the test."""
        with psycopg.connect(self.province.environ["DATABASE_URL"], autocommit=True) as runtime:
            ended = runtime.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s "
                "AND datname = current_database() AND usename = session_user AND pid NOT IN (pg_backend_pid(), %s)",
                [what, self.own],
            )
            self.ended += ended.rowcount

    def assert_complete(self, follower: Follower) -> None:
        """Everything is sealed; the follower holds the events of the province, once, each dossier's in order."""
        assert self.failed == []
        while sealer.seal(self.slug) or Unsealed.objects.exists():
            pass
        told = follower.follow()
        own = {one["id"]: (one["subject"], one["sequence"]) for one in told}
        there = Event.objects.values_list("pk", "dossier__code", "sequence")
        assert own == {f"event-{pk}": (code, sequence) for pk, code, sequence in there}
        for dossier in self.dossiers:
            mine = [one["sequence"] for one in told if one["subject"] == dossier.code]
            assert mine == sorted(mine)
        assert list(sealer.find_broken(["dossiers_event"])) == []


def test_what_commits_late_comes_late_and_never_behind_a_cursor(
    committed_province: CommittedProvince,
) -> None:
    stage, follower = Stage(committed_province, 2), Follower()
    follower.follow()
    written, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            stage._write(stage.dossiers[0], 1)
            written.set()
            done.wait(PATIENCE)

    (late,) = stage.threads(hold)
    assert written.wait(PATIENCE)
    stage._write(stage.dossiers[1], 1)
    sealer.seal(stage.slug)
    assert follower.follow()[-1]["subject"] == stage.dossiers[1].code
    assert follower.step() is False, "the other one is not sealed, and holds nobody up"
    done.set()
    late.join(PATIENCE)
    sealer.seal(stage.slug)
    (last,) = [one for one in follower.follow() if one["position"] == sealer.head()]
    assert (last["subject"], last["sequence"]) == (stage.dossiers[0].code, 2)
    stage.assert_complete(follower)


def test_a_follower_loses_nothing_whatever_dies_and_whichever_copy_comes(committed_province):
    stage = Stage(committed_province, 4)
    follower = Follower(reader=stage.reader)
    seen = [0]
    read = follower.ask

    def ask(address: str) -> Any:
        """The answer may be lost on its way; positions only grow."""
        page = read(address)
        if not stage.over.is_set() and random.random() < 0.1:
            raise ConnectionError
        positions = [one["position"] for one in page["events"]]
        assert positions == sorted(set(positions))
        seen.extend(positions)
        return page

    def follow() -> None:
        follower.store.set_progress_handler(lambda: random.random() < 0.002, 10)
        while not stage.over.wait(0.005):
            with suppress(OperationalError, ConnectionError):
                follower.step()
        follower.store.set_progress_handler(None, 0)

    def seal() -> None:
        while not stage.over.wait(0.003):
            try:
                sealer.seal(stage.slug)
            except Exception:
                connection.close()

    def kill() -> None:
        while not stage.over.wait(0.05):
            stage.cut("SELECT public.seal_log%")

    follower.ask = ask
    around = stage.threads(follow, seal, seal, kill)
    for _part in range(3):
        stage.write(15)
        stage.put_an_older_copy_in_place()
    stage.write(5)
    stage.over.set()
    for one in around:
        one.join(PATIENCE)
    stage.assert_complete(follower)
    assert stage.ended > 0
    assert Seal.objects.filter(source="").exists()
    assert Seal.objects.aggregate(last=Max("position"))["last"] == max(seen), "the follower came to the end"


@contextmanager
def following(stage: Stage, store: Path) -> Iterator[Callable[[], None]]:
    """`start()` begins a follower in a process of its own, in place of the one before, which is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        running.clear()

    def start() -> None:
        kill()
        command = [sys.executable, "-c", FOLLOWER, stage.slug, str(store), str(stage.reader.pk)]
        running.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=stage.province.environ))

    try:
        yield start
    finally:
        kill()


@pytest.mark.deep
def test_so_do_processes_that_are_killed_and_a_database_that_cuts_them_off(committed_province, tmp_path):
    stage = Stage(committed_province, 4)
    with relays(committed_province) as relay, following(stage, tmp_path / "store") as start:
        for part in range(10):
            start()
            process = relay("run", (0.0, 3600.0, -3600.0)[part % 3])
            stage.write(100)
            if part % 2:
                stage.cut("%")
            if part == 5:
                stage.put_an_older_copy_in_place()
            stage.write(20)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            start()
    stage.assert_complete(Follower(store=str(tmp_path / "store"), reader=stage.reader))
