"""A server that cannot keep provinces apart, or was never tried, is refused; statements have their limits."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, OperationalError, connection, transaction
from django.test import Client

from dossiers.lookup import lookup
from messaging.delivery.relay import process
from portal.monitoring import health
from procedures.catalogue.api import ProcedureView
from tenants.isolation.backend import server
from tenants.isolation.province_cache import ProvinceRecord
from tests.conftest import as_owner, subprocess_environment


class Pooler:
    """Lends one of two server sessions for one transaction, as poolers do; nothing here is PostgreSQL."""

    def __init__(self, lend: Callable[[list[int]], int], resets: bool) -> None:
        self.free, self.words = [1, 2], {1: "", 2: ""}
        self.lend, self.resets = lend, resets

    def client(self) -> "Session":
        return Session(self)


class Session:
    def __init__(self, pooler: Pooler) -> None:
        self.pooler, self.held, self.answer = pooler, 0, (0, "")

    def cursor(self) -> "Session":
        return self

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def fetchone(self) -> tuple[int, str]:
        return self.answer

    def execute(self, statement: str, values: Any) -> None:
        pooler = self.pooler
        session = self.held or pooler.lend(pooler.free)
        if not self.held:
            pooler.free.remove(session)
        self.held = session if statement == "BEGIN" or (self.held and statement != "ROLLBACK") else 0
        if "set_config" in statement:
            pooler.words[session] = values[0]
        self.answer = (session, pooler.words[session])
        if not self.held:
            pooler.free.append(session)
            pooler.words[session] = "" if pooler.resets else pooler.words[session]


def at_random() -> Callable[[list[int]], int]:
    turn = count()
    return lambda free: free[(next(turn) // 3) % len(free)]


ORDERS: dict[str, Callable[[], Callable[[list[int]], int]]] = {
    "in turn": lambda: lambda free: free[0],
    "last given back": lambda: lambda free: free[-1],
    "at random": at_random,
}


@pytest.mark.parametrize("resets", [True, False])
@pytest.mark.parametrize("order", ORDERS)
def test_sessions_lent_for_a_transaction_are_noticed(order: str, resets: bool) -> None:
    pooler = Pooler(ORDERS[order](), resets)
    assert not server.keeps_sessions(pooler.client(), pooler.client())


def test_postgresql_itself_keeps_them(db: None) -> None:
    other = connection.copy()
    try:
        assert server.keeps_sessions(connection, other)
    finally:
        other.close()


@pytest.fixture
def lends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server stands behind a pooler of transactions."""
    health.clear_cache()
    monkeypatch.setattr(server, "keeps_sessions", lambda one, other: False)
    yield
    health.clear_cache()


def test_a_web_behind_a_pooler_of_transactions_does_not_start_and_is_not_ready(db: None, lends: None) -> None:
    with pytest.raises(SystemExit, match="gom theo giao dịch"):
        health.start_web()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["cause"]) == (503, "server")


def test_a_relay_that_began_without_the_database_asks_at_the_first_connection(db, lends, monkeypatch):
    asked, away = server.unfit, [OperationalError()]
    monkeypatch.setattr(server, "unfit", lambda *session: raised(away.pop()) if away else asked(*session))
    monkeypatch.setattr(server, "_unasked", False)
    monkeypatch.setattr(signal, "signal", lambda *received: None)
    monkeypatch.setattr(server, "set_limits", lambda kept: None)
    session = connection.copy()
    monkeypatch.setattr(process, "serve", lambda *given: session.ensure_connection())
    for _again in range(2):
        with pytest.raises(CommandError, match="gom theo giao dịch"):
            call_command("relay", "run")
    monkeypatch.setattr(server, "keeps_sessions", lambda one, other: True)
    session.ensure_connection()
    session.close()


def test_a_web_that_began_without_the_database_serves_no_page_behind_such_a_pooler(db, lends, monkeypatch):
    monkeypatch.setattr(server, "_unasked", False)
    with monkeypatch.context() as away:
        away.setattr(server, "unfit", lambda *session: raised(OperationalError()))
        away.setattr(health, "probe", lambda: health.Readiness(False, "OperationalError"))
        health.start_web()
    session = connection.copy()
    with pytest.raises(server.UnfitServer, match="gom theo giao dịch"):
        session.ensure_connection()
    monkeypatch.setattr(health, "connection", session)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["cause"]) == (503, "server")


def raised(error: Exception) -> str:
    raise error


def test_a_server_that_was_never_tried_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "pg_version", 160_009)
    assert server.unfit() == "PostgreSQL 16 quá cũ: cần bản 17 hoặc 18."


def test_no_province_can_make_a_large_object(province: ProvinceRecord) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname ~ '^lo(_.*|read|write)$'"
            " AND has_function_privilege(current_user, oid, 'EXECUTE')"
        )
        assert cursor.fetchall() == []


# --- Limits

SLEEP = """
import portal.wsgi
from tenants.isolation.backend import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_sleep(20)")
"""


@pytest.mark.database_timers
def test_a_web_server_stops_a_statement_that_takes_too_long(db: None) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SLEEP],
        env={**subprocess_environment(), "WEB_STATEMENT_SECONDS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "statement timeout" in done.stderr


@pytest.fixture
def limited() -> Iterator[None]:
    server.set_limits(server.page_limits(15))
    yield
    server.set_limits({})


def limits_of_a_new_connection() -> list[str]:
    """Statement, lock, idle transaction, as the server shows them."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout')"
            )
            return list(cursor.fetchone())
    finally:
        other.close()


def test_connections_of_a_web_server_are_limited_and_the_owner_and_commands_are_not(province, limited):
    assert limits_of_a_new_connection() == ["15s", "10s", "1min"]
    with as_owner():
        assert limits_of_a_new_connection() == ["0", "0", "0"]
    server.set_limits({})
    assert limits_of_a_new_connection() == ["0", "0", "0"]


def sleep(*arguments: Any, **named: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(20)")


@pytest.mark.database_timers
@pytest.mark.parametrize(
    ("path", "kind"), [("/h/A/", "text/html"), ("/api/v1/procedures/1.000000/", "application/problem+json")]
)
def test_a_page_whose_statement_was_stopped_says_so(province, monkeypatch, path, kind):
    monkeypatch.setattr(lookup, "by_token", sleep)
    monkeypatch.setattr(ProcedureView, "get", sleep)
    answer = Client(headers={"host": province.host}).get(path)
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith(kind)
    assert "mất quá lâu" in answer.content.decode()


# --- Several servers, of which one leads

HOSTS = {"host": "db1,db2,db3", "port": "5432,,6432"}


@pytest.mark.parametrize(
    ("leader", "order"),
    [
        (("", ""), "db1,db2,db3 5432,,6432"),
        (("db2", "5432"), "db2,db1,db3 ,5432,6432"),
        (("db3", "6432"), "db3,db1,db2 6432,5432,"),
        (("elsewhere", "5432"), "db1,db2,db3 5432,,6432"),
    ],
)
def test_the_host_that_took_the_last_connection_is_asked_first(leader, order, monkeypatch) -> None:
    monkeypatch.setattr(server, "_leader", leader)
    made = server.leader_first(HOSTS)
    assert f"{made['host']} {made['port']}" == order


def test_one_host_or_fixed_addresses_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_leader", ("db2", "5432"))
    for address in ({"host": "db2", "port": "5432"}, {**HOSTS, "hostaddr": "192.0.2.1,192.0.2.2,192.0.2.3"}):
        assert server.leader_first(address) == address


def test_a_connection_that_is_made_is_remembered(db: None) -> None:
    other = connection.copy()
    other.ensure_connection()
    other.close()
    assert server._leader == (connection.settings_dict["HOST"], str(connection.settings_dict["PORT"]))


def test_a_server_that_only_reads_is_away_and_its_connection_is_given_up(db, monkeypatch) -> None:
    writing = "SET TRANSACTION READ ONLY; CREATE TEMPORARY TABLE written (one int)"
    with pytest.raises(InternalError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(writing)
    assert server.is_away(refused.value)
    assert connection.is_usable()
    monkeypatch.setattr(server, "follows_another", lambda session: True)
    assert not connection.is_usable()
