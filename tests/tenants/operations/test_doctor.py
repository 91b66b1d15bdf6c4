"""`manage.py doctor`: one sentence for each fault, an exit code, and no check that hangs."""

import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import call_command
from django.db import connection

from tenants import clock
from tenants.folder.readiness import State
from tenants.isolation import schema_migrations
from tenants.operations import certificates, disks, processes
from tenants.operations.readiness import builtin_checks, installation_checks
from tenants.web import public_addresses
from tests.conftest import subprocess_environment
from tests.tenants.operations.test_liveness import session  # noqa: F401 – a fixture

NOWHERE = "127.0.0.1:9"
Patch = pytest.MonkeyPatch


def doctor(*words: str) -> tuple[int, str]:
    output = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("doctor", *words, stdout=output, stderr=output)
    return int(stop.value.code or 0), output.getvalue()


def only(monkeypatch: Patch, check: str) -> None:
    """The doctor has no other check."""
    monkeypatch.setattr(installation_checks, "CHECKS", {check: installation_checks.CHECKS[check]})


@pytest.fixture
def looks(db: None, monkeypatch: Patch) -> Callable[[str], dict[str, dict[str, str]]]:
    """`looks(check)`: what doctor says where it has no other check, by the id of the finding."""

    def ask(check: str) -> dict[str, dict[str, str]]:
        only(monkeypatch, check)
        return {one["id"]: one for one in json.loads(doctor("--format", "json")[1])}

    return ask


def test_every_part_of_the_installation_has_its_line_in_one_run(db: None) -> None:
    code, said = doctor()
    lines = {line.split()[1] for line in said.splitlines() if line[1:2] in "✓!✗–" and line[:1] == " "}
    ids = set(installation_checks.CHECKS)
    assert ids - {line.partition(".")[0] for line in lines} == set()
    # None of the four processes lives here.
    assert (code, said.count("không chạy, hoặc đã lâu")) == (1, 4)


def test_right_and_warnings_alone_end_with_0(db: None, monkeypatch: Patch) -> None:
    only(monkeypatch, "disk")
    assert doctor()[0] == 0
    monkeypatch.setattr(disks, "LEAST_FREE", 1.1)
    code, said = doctor()
    assert (code, "Sắp hết chỗ" in said, "→ Dọn bớt" in said) == (1, True, True)


@pytest.mark.parametrize("scheme", ["tcp", "unix"])
def test_a_scanner_that_does_not_answer_is_seen_by_doctor_and_by_the_check_of_a_province(
    looks, settings, scheme, province
) -> None:
    settings.CLAMD_URL = f"{scheme}://{NOWHERE}" if scheme == "tcp" else "unix:///nowhere"
    assert looks("files")["files.scanner"]["state"] == "blocked"
    asked = {one.id: one.state for one in builtin_checks.store.run()}
    assert asked["files.scanner"] is State.BLOCKED


def test_a_store_that_takes_nothing_is_named(looks, monkeypatch, tmp_path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setitem(storages._storages, "dossiers", FileSystemStorage(tmp_path / "file"))
    assert str(tmp_path) in looks("files")["files"]["cause"]


def test_the_store_keeps_nothing_of_the_trial(looks, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(storages._storages, "dossiers", FileSystemStorage(tmp_path))
    assert looks("files")["files"]["state"] == "ok"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_valkey_that_is_away_and_one_that_drops_work(looks, settings) -> None:
    assert looks("queue")["queue"]["cause"] in ("", "Khi đầy, Valkey tự bỏ việc cũ ().")
    settings.REDIS_URL = f"redis://{NOWHERE}/0"
    found = looks("queue")["queue"]
    assert (found["state"], "Valkey không trả lời" in found["cause"]) == ("blocked", True)


def test_a_database_with_too_few_places_and_a_login_with_too_many_rights(
    looks, settings, monkeypatch
) -> None:
    usual = looks("database")
    assert (usual["database"]["state"], usual["database.rights"]["state"]) == ("ok", "ok")
    settings.WEB_PROCESSES = 500
    owner = settings.DATABASE_RUNTIME_USER.replace("runtime", "owner")
    settings.DATABASE_RUNTIME_USER = owner
    found = looks("database")
    assert found["database.connections"]["state"] == "warning"
    assert (owner in found["database.rights"]["title"], found["database.rights"]["state"]) == (
        True,
        "blocked",
    )


def test_tables_behind_the_code_are_named(looks, monkeypatch) -> None:
    later = schema_migrations.code_migrations() | {"dossiers.9999_later"}
    monkeypatch.setattr(schema_migrations, "code_migrations", lambda: later)
    assert "daklak" in looks("tables")["tables"]["cause"]


@pytest.mark.real_clock
@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (60, "blocked"), (-60, "blocked")])
def test_a_clock_that_differs_from_the_databases(looks, monkeypatch, seconds, state) -> None:
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(seconds=seconds))
    assert looks("clock")["clock"]["state"] == state


@pytest.mark.parametrize(("days", "state"), [(100, "ok"), (5, "warning"), (-1, "blocked"), (None, "blocked")])
def test_certificates_are_read_now(looks, monkeypatch, days, state) -> None:
    end = None if days is None else clock.now() + timedelta(days=days, hours=1)
    monkeypatch.setattr(certificates, "hosts", lambda: ["mot-cua.example"])
    monkeypatch.setattr(certificates, "end_of", lambda host: end)
    assert looks("certificates")["certificates.mot-cua.example"]["state"] == state


def test_ways_out_are_tried_as_the_settings_name_them(looks, settings, monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=_answer_once, args=(listener,), daemon=True).start()
        settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", port), ("127.0.0.1", 9)})
        settings.ZALO_OAUTH_URL = f"http://127.0.0.1:{port}"
        settings.ZALO_OPENAPI_URL = settings.ZALO_BUSINESS_URL = f"http://{NOWHERE}"
        settings.MESSAGING_CHANNELS = ["zalo"]
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
        found = looks("outbound")
    assert found[f"outbound.http://127.0.0.1:{port}"]["state"] == "ok"
    assert found[f"outbound.http://{NOWHERE}"]["state"] == "blocked"
    assert found["outbound.proxy"]["state"] == "warning"
    public_addresses.forget()


def _answer_once(listener: socket.socket) -> None:
    line, _address = listener.accept()
    with line:
        line.recv(4096)
        line.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("pgbackrest", "major", "state"),
    [("2.55.1", 18, "blocked"), ("2.58.0", 18, "ok"), ("2.55.1", 17, "ok")],
)
def test_a_pgbackrest_that_does_not_know_the_server_is_refused(
    looks, monkeypatch, tmp_path, pgbackrest, major, state
):
    program = tmp_path / "pgbackrest"
    program.write_text(f"#!/bin/sh\necho pgBackRest {pgbackrest}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(installation_checks, "_server_major", lambda: major)
    assert looks("pg_dump")["pgbackrest"]["state"] == state


def test_a_pg_dump_that_is_older_than_the_server(looks, settings, monkeypatch, tmp_path) -> None:
    settings.PG_BIN = str(tmp_path)
    assert "pg_dump" in looks("pg_dump")["pg_dump"]["cause"]


def test_a_check_that_hangs_gives_a_sentence_and_delays_no_other(db: None, monkeypatch: Patch) -> None:
    free = threading.Event()
    only(monkeypatch, "pages")
    installation_checks.CHECKS["hangs"] = lambda: iter([free.wait(60)])  # type: ignore[list-item]
    monkeypatch.setattr(installation_checks, "SECONDS", 0.5)
    monkeypatch.setattr(installation_checks, "page_renders", lambda: True)
    code, said = doctor()
    free.set()
    assert (code, "Không trả lời trong 0 giây" in said, "✓ pages" in said) == (1, True, True)


def test_a_database_that_is_away_is_one_sentence_for_each_that_asks_it(db: None, monkeypatch: Patch) -> None:
    host, port = NOWHERE.split(":")
    monkeypatch.setitem(connection.settings_dict, "HOST", host)
    monkeypatch.setitem(connection.settings_dict, "PORT", port)
    code, said = doctor()
    assert (code, "Traceback" in said) == (1, False)
    assert said.count("Cơ sở dữ liệu của cổng hiện không dùng được.") >= 4
    assert "✓ files " in said


def test_without_settings_it_cannot_run() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        env={**subprocess_environment(), "WEB_STATEMENT_SECONDS": "nhiều"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert (done.returncode, "WEB_STATEMENT_SECONDS" in said, "Traceback" in said) == (2, True, False)


@pytest.mark.parametrize(
    ("kind", "machine", "code"),
    [("relay", socket.gethostname()[:30], 0), ("relay", "elsewhere", 1), ("beat", "elsewhere", 1)],
)
def test_a_container_asks_for_its_own_process(db, session, kind, machine, code) -> None:  # noqa: F811
    session(f"mot-cua {kind}@{machine} 00000000")
    assert doctor("--process", kind)[0] == code


def test_a_database_that_is_away_makes_no_container_unwell(db: None, monkeypatch: Patch) -> None:
    monkeypatch.setattr(processes, "_SIGNS", "SELECT nothing_of_that_name")
    assert doctor("--process", "worker")[0] == 0
