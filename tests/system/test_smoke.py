"""`province smoke`: one dossier through every step in a throw-away province, of which nothing is left.

The shipped workflow is rehearsed in `test_two_weeks`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from dossiers.lifecycle.actions import requirements
from tenants.folder.readiness import Finding
from tenants.isolation.context import public_context
from tenants.operations.onboarding import rehearsal
from tests.conftest import as_owner, subprocess_environment
from tests.system.remains import throwaways

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: Any, short_national_list: None) -> Iterator[None]:
    with django_db_blocker.unblock():
        with as_owner():
            yield
        connection.close()


def run(slug: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("province", "smoke", slug)
    return int(str(ended.value.code))


def test_the_way_is_that_of_each_provinces_own_workflow(owner, capsys, caplog):
    assert run("dongnai") == 0, capsys.readouterr().out
    # No line of the log stands between those of the report.
    assert caplog.records == []


def test_a_step_that_fails_is_told_with_its_cause_and_nothing_is_left(owner, capsys, monkeypatch):
    def breaks(*arguments: Any, **given: Any) -> None:
        raise RuntimeError("cắm sẵn")

    monkeypatch.setattr(requirements, "check", breaks)
    assert run("daklak") == 1
    told = capsys.readouterr().out
    assert " ✗ 4 " in told
    assert "RuntimeError: cắm sẵn" in told
    assert throwaways() == []


def test_a_rehearsal_that_breaks_tells_what_it_saw_and_why_it_ended(owner, capsys, monkeypatch):
    def breaks() -> Iterator[Finding]:
        yield rehearsal.seen("Việc đầu")
        raise RuntimeError("cắm sẵn")

    monkeypatch.setattr(rehearsal, "drive", breaks)
    assert run("daklak") == 1
    told = capsys.readouterr().out
    assert " ✓ Việc đầu\n ✗ Diễn tập dừng giữa chừng\n     RuntimeError: cắm sẵn\n" in told
    assert throwaways() == []


@pytest.mark.deep
def test_who_stops_it_leaves_nothing(owner: None) -> None:
    process = subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "province", "smoke", "daklak"],
        env={**os.environ, **subprocess_environment(), "DB_LOGIN": "owner"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "Dựng tỉnh thử" in process.stdout.readline()
    assert len(throwaways()) == 1
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert throwaways() == []


def test_what_a_kill_left_is_swept_by_the_next(owner: None) -> None:
    with public_context():
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA mcthu0123456789ab")
        assert rehearsal.sweep() == 1
    assert throwaways() == []


def test_a_folder_that_would_be_refused_is_not_rehearsed(owner: None, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        call_command("province", "smoke", "khongco")
    assert "không có thư mục này" in capsys.readouterr().err


def test_the_runtime_login_rehearses_nothing(db: None, capsys: Any) -> None:
    assert run("daklak") == 2


def test_the_shortest_way_passes_no_end() -> None:
    from dossiers.workflow.rules.shipped import default_workflow_data
    from dossiers.workflow.rules.statuses import Status
    from dossiers.workflow.rules.workflow import Workflow

    workflow = Workflow.from_data(default_workflow_data())
    way = rehearsal.shortest(workflow, "supplement", Status.PAYMENT_REQUIRED)
    assert way is not None
    assert [step.code for step in way] == ["supplement_received", "require_payment"]
