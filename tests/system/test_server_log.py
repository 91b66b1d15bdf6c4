"""How many statements a citizen's page costs, counted in PostgreSQL's own log.

Django does not log the statement that enters the province, since it is part of the connection's health check:
`assertNumQueries` would count too few. `debug_print_parse` is a setting that any login may choose for its own
session; the server then writes one line for each statement it is sent.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from dossiers.lifecycle import actions as services
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import Office
from tests.system.served import Served

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

MARK = "parse tree:"
MOST_FOR_A_STATUS_PAGE = 3


class ServerLog:
    """The lines that the server wrote about the session of this thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_up_to = path.stat().st_size

    def statements(self) -> int:
        """Statements that reached the server since this was asked last, this thread's session alone."""
        with self.path.open("rb") as file:
            file.seek(self._read_up_to)
            added = file.read()
        self._read_up_to += len(added)
        session = f"[{connection.connection.info.backend_pid}]"
        lines = added.decode(errors="replace").splitlines()
        return sum(1 for line in lines if session in line and MARK in line)


@pytest.fixture
def server_log(at_home: ProvinceRecord) -> Iterator[ServerLog]:
    path = Path(os.environ["TEST_ROOT"]) / "logs" / "postgres.log"
    if not path.exists():
        pytest.skip("the server is not ours: its log is out of reach")
    options = connection.settings_dict["OPTIONS"]
    options["options"] = "-c debug_print_parse=on"
    connection.close()
    try:
        yield ServerLog(path)
    finally:
        del options["options"]
        connection.close()


@pytest.fixture
def status_page(at_home: ProvinceRecord, kept_office: Office) -> str:
    received = services.receive(kept_office.intake(), actor=kept_office.clerk)
    return f"/h/{received.token_url.rstrip('/').rpartition('/')[2]}/"


@pytest.fixture
def browser(at_home: ProvinceRecord, status_page: str, server_log: ServerLog) -> Served:
    """A process that has served before: it knows its provinces and holds a connection."""
    made = Served(at_home.host)
    assert made.get(status_page).status == 200
    server_log.statements()
    return made


def test_the_log_counts_every_statement(server_log: ServerLog) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        server_log.statements()
        cursor.execute("SELECT 2")
        cursor.execute("SELECT 3")
    assert server_log.statements() == 2


def test_a_status_page_is_three_statements(browser: Served, status_page: str, server_log: ServerLog) -> None:
    assert browser.get(status_page).status == 200
    assert 0 < server_log.statements() <= MOST_FOR_A_STATUS_PAGE


def test_a_status_page_after_another_province_is_three_statements(browser, status_page, server_log):
    Served("daklak.localhost").get("/thu-tuc/")
    assert server_log.statements() > 0
    assert browser.get(status_page).status == 200
    assert 0 < server_log.statements() <= MOST_FOR_A_STATUS_PAGE


def test_an_unknown_token_is_two_statements(browser: Served, server_log: ServerLog) -> None:
    assert browser.get(f"/h/{'A' * 24}/").status == 404
    assert server_log.statements() <= 2


def test_the_look_up_form_asks_nothing(browser: Served, server_log: ServerLog) -> None:
    assert browser.get("/tra-cuu/").status == 200
    assert server_log.statements() == 0
