"""Any number of beats: one sends, the next takes over, and nothing is sent while no lock can be held."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings
from psycopg.conninfo import make_conninfo

from portal import beat
from portal.celery import app
from tenants.isolation.backend import connection
from tests.conftest import subprocess_environment
from tests.faults.processes import beat as command

DEADLINE_SECONDS = 60.0
_HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (classid::bigint << 32 | objid::bigint) = hashtextextended('mot-cua beat', 0)"


class Sent(beat.Scheduler):
    """Notes what it would send."""

    def __init__(self, path: Path) -> None:
        self.sent: list[str] = []
        super().__init__(app, schedule_filename=str(path), lazy=False)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> None:
        self.sent.append(entry.name)

    def make_due(self) -> None:
        """All that is in the schedule fell due a while ago."""
        for entry in self.schedule.values():
            entry.last_run_at = entry.last_run_at.replace(year=2020)
        self._heap = None

    def run(self) -> list[str]:
        """What one round over the schedule sends."""
        before = len(self.sent)
        for _entry in self.schedule:
            self.tick()
        return self.sent[before:]

    def lose_session(self) -> None:
        """As a machine that lost its power does, once the server has noticed."""
        if self._session is not None and not self._session.closed:
            self._session.execute("SELECT pg_advisory_unlock_all()")
            self._session.close()


@pytest.fixture
def schedulers(django_db_setup: None, tmp_path: Path) -> Iterator[tuple[Sent, Sent]]:
    """Two on one database; the first holds the lock."""
    known = {**settings.DATABASES["default"], **connection.settings_dict}
    # Django's own connection may bear a name already.
    known["OPTIONS"] = {**known["OPTIONS"], "application_name": "mot-cua manage@here"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATABASES", {"default": known})
        pair = Sent(tmp_path / "one"), Sent(tmp_path / "other")
        pair[0].tick()
        yield pair
        for one in pair:
            one.lose_session()
            one.close()


def test_the_one_that_holds_the_lock_sends_and_the_other_passes_it_over(
    schedulers: tuple[Sent, Sent],
) -> None:
    for one in schedulers:
        one.make_due()
    assert [len(one.run()) > 10 for one in schedulers] == [True, False]
    assert schedulers[1].sent == []


def test_the_next_sends_what_fell_due_while_the_lock_of_a_lost_machine_stood(
    schedulers: tuple[Sent, Sent],
) -> None:
    lost, following = schedulers
    following.make_due()
    following.run()
    lost.lose_session()
    following.tick()
    assert "statistics-of-the-past" in following.sent


def test_what_was_passed_over_long_ago_is_not_sent(
    schedulers: tuple[Sent, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, following = schedulers
    following.make_due()
    following.run()
    holder.lose_session()
    monkeypatch.setattr(beat, "GAP_SECONDS", 0.0)
    following.tick()
    assert following.sent == []


def test_without_a_database_nothing_is_sent_and_nothing_passed_over(
    schedulers: tuple[Sent, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, following = schedulers
    holder.make_due()
    holder.lose_session()
    away = {**settings.DATABASES["default"], "HOST": "127.0.0.1", "PORT": "9"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATABASES", {"default": away})
        assert holder.run() == []
    assert len(holder.run()) > 10


def test_a_server_that_follows_another_gives_no_lock(
    schedulers: tuple[Sent, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, _following = schedulers
    holder.make_due()
    monkeypatch.setattr(beat, "_HOLD", beat._HOLD.replace("NOT pg_is_in_recovery()", "pg_is_in_recovery()"))
    assert holder.run() == []


def test_a_silent_server_is_given_up(schedulers: tuple[Sent, Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    holder, _following = schedulers
    monkeypatch.setattr(beat, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(beat, "_HOLD", "SELECT true FROM pg_sleep(2)")
    assert holder.tick() == beat.RETRY_SECONDS


Process = subprocess.Popen[bytes]


@pytest.fixture
def queue(django_db_setup: None) -> Iterator[Callable[[], set[int]]]:
    """`queue()`: the processes that sent what lies in the queues since it was last asked."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    names = [f"{settings.QUEUE_PREFIX}{name}" for name in ("celery", "figures")]

    def senders() -> set[int]:
        found = set()
        for name in names:
            while (raw := broker.lpop(name)) is not None:
                origin = json.loads(raw)["headers"]["origin"]  # gen<pid>@<machine>
                found.add(int(origin.split("@")[0].removeprefix("gen")))
        return found

    broker.delete(*names)
    yield senders
    broker.delete(*names)


@pytest.fixture
def start(django_db_setup: None, tmp_path: Path) -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def one() -> Process:
        with (tmp_path / "beat.log").open("ab") as log:
            process = subprocess.Popen(
                command(tmp_path / f"beat-{len(started)}"),
                cwd=settings.BASE_DIR,
                env=subprocess_environment(),
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def server(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """A session of the superuser's beside all others."""
    with psycopg.connect(make_conninfo(subprocess_environment()["DATABASE_URL"]), autocommit=True) as session:
        yield session


def wait_until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < end, "deadline"
        threading.Event().wait(0.1)


@pytest.mark.deep
@pytest.mark.committed
@pytest.mark.real_clock
def test_of_two_processes_one_sends_and_the_other_takes_over(
    queue: Callable[[], set[int]], start: Callable[[], Process], server: psycopg.Connection[Any]
) -> None:
    first = start()
    wait_until(lambda: queue() == {first.pid})
    second = start()
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mot-cua beat@%' AND datname = current_database()"
    wait_until(lambda: server.execute(sessions).fetchone() == (2,))
    # Its session ends, not the process: either may be next, never both.
    seen: list[set[int]] = []
    (pid,) = server.execute(_HOLDER).fetchone() or (0,)
    server.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_until(lambda: seen.append(queue()) or len([one for one in seen if one]) >= 2)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: queue() == {second.pid})
    assert all(len(one) < 2 for one in seen)
