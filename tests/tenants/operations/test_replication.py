"""Who leads the database and who follows, asked of PostgreSQL and of Patroni."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured

from portal.embedded import postgres
from portal.embedded.processes import run_as
from tenants.operations import replication
from tenants.operations.replication import Cluster, Standby

HISTORY = [
    [1, 50, "no recovery target specified", "2026-11-02T03:00:00+00:00", "pg1"],
    [2, 90, "no recovery target specified", "2026-12-01T08:30:00+00:00", "pg2"],
    [3, 120, "no recovery target specified"],
]


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    replication.clear_cache()
    yield
    replication.clear_cache()


@pytest.fixture
def streams(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`streams(("pg1", True, None, 0, None))`: what PostgreSQL shows of its standbys."""

    def show(*rows: tuple[Any, ...]) -> None:
        columns = "(name text, follows bool, sync text, lag bigint, seconds float)"
        text = json.dumps(
            [dict(zip(("name", "follows", "sync", "lag", "seconds"), row, strict=True)) for row in rows]
        )
        monkeypatch.setattr(
            replication, "_STANDBYS", f"SELECT * FROM json_to_recordset('{text}') AS one {columns}"
        )

    return show


@pytest.fixture
def patroni(settings: Any) -> Iterator[Callable[..., None]]:
    """`patroni(pg1="replica", pg2="leader")`: a node that knows these members, named first of two in the setting."""
    answers: dict[str, Any] = {"/history": HISTORY}

    class Node(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def know(**roles: str) -> None:
        answers["/cluster"] = {"members": [{"name": name, "role": role} for name, role in roles.items()]}
        settings.PATRONI_API = ["http://127.0.0.1:9", f"http://127.0.0.1:{server.server_port}"]

    yield know
    server.shutdown()
    server.server_close()


def test_one_machine_without_a_standby_is_well(streams: Callable[..., None]) -> None:
    streams()
    found = replication.look()
    assert (found.leader != "", found.standbys, found.fault) == (True, (), "")


def test_a_standby_whose_slot_is_not_used_is_missing_by_name(streams: Callable[..., None]) -> None:
    streams(("pg2", True, None, 0, None), ("pg3", False, None, 4096, None))
    found = replication.look()
    assert (found.missing, found.fault) == (1, "Thiếu 1 máy cơ sở dữ liệu dự phòng: pg3.")


def test_a_standby_of_the_address_that_never_came_is_missing(
    streams: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams()
    monkeypatch.setitem(configured.DATABASES["default"], "HOST", "10.0.0.1,10.0.0.2")
    assert replication.look().fault == "Thiếu 1 máy cơ sở dữ liệu dự phòng: không rõ tên."


def test_a_server_that_follows_is_no_leader(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "_LEADER", "SELECT true, '10.0.0.2:5432', ''")
    assert replication.look().fault == "Không máy cơ sở dữ liệu nào nhận ghi."


def test_patroni_names_the_leader_the_synchronous_standby_and_the_last_change(
    streams: Callable[..., None], patroni: Callable[..., None]
) -> None:
    streams(("pg1", True, None, 512, None))
    patroni(pg1="sync_standby", pg2="leader")
    assert replication.look() == Cluster(
        "pg2", (Standby("pg1", True, True, 512),), 2, datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    )


def test_a_standby_that_patroni_still_remembers_is_missing_once_its_stream_has_ended(
    streams: Callable[..., None], patroni: Callable[..., None]
) -> None:
    streams()
    patroni(pg1="replica", pg2="leader")
    assert replication.look().fault == "Thiếu 1 máy cơ sở dữ liệu dự phòng: pg1."


def test_a_name_with_other_letters_is_that_of_its_slot(
    streams: Callable[..., None], patroni: Callable[..., None]
) -> None:
    streams(("pg_node_1", True, None, 0, None))
    patroni(**{"PG-node.1": "replica", "pg2": "leader"})
    assert [one.name for one in replication.look().standbys] == ["PG-node.1"]


def test_patroni_that_is_silent_is_named(streams: Callable[..., None], settings: Any) -> None:
    streams()
    settings.PATRONI_API = ["http://127.0.0.1:9"]
    assert replication.look().fault == "Không hỏi được Patroni ở http://127.0.0.1:9."


def test_it_is_asked_once_in_a_while(streams: Callable[..., None]) -> None:
    streams()
    replication.look()
    streams(("pg3", False, None, 0, None))
    assert replication.look().fault == ""


LOOK = "import django; django.setup(); from tenants.operations import replication as r; one = r.look(); print(one.fault, [(s.name, s.is_following, s.lag_bytes is not None) for s in one.standbys], sep='|')"


@pytest.mark.deep
def test_a_real_standby_is_seen_by_the_login_of_the_portal_and_missed_when_it_is_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="mot-cua-", dir="/var/tmp") as folder:
        home, account = Path(folder), 65534 if os.geteuid() == 0 else None
        home.chmod(0o777)
        programs = postgres.programs_for(home, account)

        def run(program: str, *options: str | Path) -> None:
            command = [str(programs / program), *map(str, options)]
            subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **run_as(account))

        def start(data: str, port: int) -> None:
            given = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            run("pg_ctl", "-D", data, "-w", "-l", f"{data}.log", "-o", given, "start")

        ports = [_free_port(), _free_port()]
        run(
            "initdb",
            "-D",
            "one",
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        )
        try:
            start("one", ports[0])
            first = f"host=127.0.0.1 port={ports[0]} user=postgres dbname=postgres"
            with psycopg.connect(first, autocommit=True) as server:
                server.execute("CREATE ROLE mc_runtime LOGIN NOINHERIT")
                server.execute("SELECT pg_create_physical_replication_slot('pg2', true)")
                made = f"host=127.0.0.1 port={ports[0]} user=postgres application_name=pg2"
                run("pg_basebackup", "-D", "two", "-R", "-S", "pg2", "-d", made)
                start("two", ports[1])
                assert _seen(ports[0]) == "|[('pg2', True, True)]"
                run("pg_ctl", "-D", "two", "-m", "immediate", "stop")
                assert _seen(ports[0]) == "Thiếu 1 máy cơ sở dữ liệu dự phòng: pg2.|[('pg2', False, True)]"
        finally:
            run("pg_ctl", "-D", "one", "-m", "immediate", "stop")


def _seen(port: int) -> str:
    address = f"postgresql://mc_runtime@127.0.0.1:{port}/postgres"
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    return subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=configured.BASE_DIR,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
