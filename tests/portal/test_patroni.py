"""`make demo HA=1`: two servers of PostgreSQL of which either may die, and what it refuses before it starts."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from portal import embedded
from portal.demo.plan import PlanError, from_environment
from portal.embedded import patroni, processes
from portal.settings import environment as settings
from tests.faults.processes import wait_until
from tests.portal.test_demo_supervisor import ELSEWHERE, Demo, services_elsewhere, supervising

SECONDS = 120


# --- What it refuses


def test_two_servers_are_refused_beside_a_database_of_ones_own() -> None:
    with pytest.raises(PlanError, match="bỏ DATABASE_URL, hoặc bỏ HA=1"):
        from_environment({"HA": "1", "DATABASE_URL": ELSEWHERE["DATABASE_URL"]})


@pytest.mark.parametrize(("programs", "calls"), [((), 0), (("apt-get", "dpkg-deb"), 1)])
def test_without_etcd_one_sentence_says_what_to_install_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], calls: int
) -> None:
    tried: list[Any] = []

    def fails(command: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
        tried.append(command)
        return subprocess.CompletedProcess(command, 100)

    monkeypatch.setattr(patroni.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(patroni.subprocess, "run", fails)
    with pytest.raises(patroni.ProgramMissing, match="sudo apt install etcd-server"):
        patroni.require(tmp_path)
    assert len(tried) == calls


def test_a_missing_program_ends_the_demonstration_with_2_and_no_server(tmp_path: Path) -> None:
    with supervising(tmp_path, services_elsewhere(tmp_path)) as start:
        (tmp_path / "bin").mkdir()
        run = start(HA="1", PATH=str(tmp_path / "bin"))
        assert run.child.wait(20) == 2
        assert "etcd" in run.text
        assert processes.all_running(run.data_dir) == []


def test_a_standby_stops_before_its_leader(tmp_path: Path) -> None:
    for name in patroni.NODES:
        (tmp_path / "postgres" / name / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "b" / "data" / "standby.signal").touch()
    names = patroni.in_stop_order(tmp_path, ["web", "patroni-a", "patroni-b", "etcd"])
    assert names == ["web", "patroni-b", "patroni-a", "etcd"]


# --- With the real ones


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    environment = services_elsewhere(tmp_path)
    data_dir = Path(environment["DATA_DIR"])
    try:
        patroni.require(data_dir)
    except patroni.ProgramMissing as missing:
        if os.environ.get("CI_TOOLS"):
            raise
        pytest.skip(str(missing))
    for name in ELSEWHERE:
        del environment[name]
    try:
        with supervising(tmp_path, environment) as start:
            yield start(HA="1").until_up(SECONDS)
    finally:
        embedded.reset(data_dir)


def nodes(demo: Demo) -> dict[str, dict[str, Any]]:
    """The nodes of demo.json by their roles."""
    said: Any = demo.said
    return {node["role"]: node for node in said["database"]["nodes"]}


@contextlib.contextmanager
def owner(url: str) -> Iterator[Any]:
    with psycopg.connect(url, target_session_attrs="read-write", autocommit=True) as session:
        yield session.cursor()


class Writer(threading.Thread):
    """Writes numbers as the portal writes, one after the other, and keeps those that were acknowledged."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.session: Any = connection.copy()
        self.session.inc_thread_sharing()
        self.session.settings_dict = {**self.session.settings_dict, **settings.database(url)}
        self.written: list[int] = []
        self.failures, self.ended = 0, threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ended.wait(0.02):
            number += 1
            try:
                with self.session.cursor() as cursor:
                    cursor.execute("INSERT INTO kept VALUES (%s)", [number])
                self.written.append(number)
            except DatabaseError:
                self.failures += 1
                self.session.close()
        self.session.close()


@pytest.fixture
def write(django_db_blocker: Any) -> Iterator[Callable[[str], Writer]]:
    writers: list[Writer] = []

    def start(url: str) -> Writer:
        writers.append(Writer(url))
        writers[0].start()
        return writers[0]

    with django_db_blocker.unblock():
        yield start
        for writer in writers:
            writer.ended.set()
            writer.join(30)


@pytest.mark.deep
@pytest.mark.timeout(400)
def test_the_leader_dies_while_rows_are_written_and_none_is_lost(
    demo: Demo, write: Callable[[str], Writer]
) -> None:
    services = json.loads((demo.data_dir / "services.json").read_text())
    with owner(services["database_owner_url"]) as cursor:
        cursor.execute("CREATE TABLE kept (number int); GRANT SELECT, INSERT ON kept TO mc_runtime")
    writer = write(services["database_url"])
    wait_until(lambda: len(writer.written) > 20, 20, "rows before")
    first = nodes(demo)
    os.kill(first["leader"]["pid"], signal.SIGKILL)
    wait_until(lambda: nodes(demo).get("leader", {}).get("name") == first["standby"]["name"], 60, "the other")
    acknowledged = len(writer.written)
    wait_until(lambda: len(writer.written) > acknowledged + 20, 60, "rows after")
    wait_until(
        lambda: nodes(demo).get("standby", {}).get("name") == first["leader"]["name"], 60, "it follows"
    )
    writer.ended.set()
    writer.join(30)
    with owner(services["database_owner_url"]) as cursor:
        cursor.execute("SELECT number, count(*) FROM kept GROUP BY number")
        found = dict(cursor.fetchall())
    assert {number: found.get(number) for number in writer.written} == dict.fromkeys(writer.written, 1)
    assert writer.failures
    assert demo.stop() == 0
    assert patroni.stop_left(demo.data_dir) == processes.all_running(demo.data_dir) == []
