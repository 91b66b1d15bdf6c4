"""`manage.py schemas`: one look at all schemas, and every run goes on where the last one ended, however it did."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.isolation import advisory_locks, schema_migrations, schemas
from tenants.isolation.backend import server
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tests.conftest import make_province, subprocess_environment


def sql(statement: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def empty(slug: str) -> str:
    province = Province(schema_name=slug, name="Tỉnh Thử", short_name="Thử", agency_code="H97")
    province.auto_create_schema = False
    with public_context():
        province.save(verbosity=0)
        sql(f'CREATE SCHEMA "{slug}"')
    return slug


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("schemas", *arguments)
    return int(str(ended.value.code))


def start(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "schemas", *arguments]
    environment = {**subprocess_environment(), "DB_LOGIN": "owner"}
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)


def until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < deadline
        sql("SELECT pg_sleep(0.005)")


def recorded(slug: str) -> int:
    if not sql("SELECT to_regclass(%s)", f"{slug}.django_migrations")[0][0]:
        return 0
    return int(sql(f'SELECT count(*) FROM "{slug}".django_migrations')[0][0])


def test_a_schema_stands_at_its_head_and_newer_code_may_be_gone_back_from(made: str) -> None:
    found = schema_migrations.status_of(made)
    assert (found.exists, found.missing, found.unknown, found.unfinished) == (True, (), (), False)
    with province_context(made):
        sql("INSERT INTO django_migrations (app, name, applied) VALUES ('dossiers', '9999_later', now())")
    assert schema_migrations.status_of(made).unknown == ("dossiers.9999_later",)
    with public_context():
        call_command("migrate_schemas", schema_name=made, interactive=False, verbosity=0)
    assert run("migrate", "--workers", "1") == 0


@pytest.fixture(
    params=[
        "INSERT INTO django_migrations (app, name, applied) VALUES ('procedures', '0002_append_only', now())",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('procedures', '0002_data_versions', now())",
        "UPDATE django_migrations SET name = '0001_other' WHERE app = 'dossiers'",
    ],
    ids=["before the first release", "before labels were apps", "elsewhere"],
)
def foreign(made: str, request: pytest.FixtureRequest) -> str:
    """A schema that other code made, in which both steps of a migration would find something to do."""
    with province_context(made):
        sql(request.param)
        sql("DELETE FROM auth_permission WHERE codename = 'view_dossier'")
    sql(f'REVOKE USAGE ON SCHEMA "{made}" FROM "{schemas.role_name(made)}"')
    return made


def test_what_other_code_made_is_named_refused_with_the_way_out_and_stays_as_it_is(foreign, capsys):
    run("status")
    assert f"{foreign:<16} do bản mã khác dựng" in capsys.readouterr().out
    assert run("migrate", "--workers", "1") == 1
    said = capsys.readouterr().err
    assert f"✗ {foreign}: OtherHistory" in said
    assert "RESET=1 make demo" in said
    with pytest.raises(schema_migrations.OtherHistory), public_context():
        call_command("migrate_schemas", schema_name=foreign, interactive=False, verbosity=0)
    role = schemas.role_name(foreign)
    assert not sql("SELECT has_schema_privilege(%s, %s, 'USAGE')", role, foreign)[0][0]
    assert not sql(f"SELECT 1 FROM \"{foreign}\".auth_permission WHERE codename = 'view_dossier'")


def test_beside_what_other_code_made_no_province_is_made(slug: str) -> None:
    sql("INSERT INTO django_migrations (app, name, applied) VALUES ('procedures', '0002_append_only', now())")
    try:
        with pytest.raises(schema_migrations.OtherHistory, match="public:"):
            make_province(slug, "Tỉnh Thử", "Thử", "H97")
    finally:
        with public_context():
            sql("DELETE FROM django_migrations WHERE name = '0002_append_only'")
    assert not recorded(slug)


def test_who_is_behind_is_told_to_programs_and_brought_to_the_head(empty: str, capsys: Any) -> None:
    assert set(schema_migrations.status_of(empty).missing) == schema_migrations.code_migrations()
    assert run("status", "--format", "json") == 1
    told = {one["slug"]: one for one in json.loads(capsys.readouterr().out)}
    assert (told[empty]["reached"], told["daklak"]["reached"]) == (False, True)
    assert run("migrate", "--workers", "1") == 0
    assert schema_migrations.status_of(empty).is_reached


def test_status_is_well_when_all_are_at_their_head_and_tells_that_all_may_make_large_objects(
    owner: None, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("status") == 0
    assert "3/3 lược đồ đủ bảng của bản mã này." in capsys.readouterr().out
    monkeypatch.setattr(server, "lets_all_make_large_objects", lambda login: True)
    run("status")
    assert "deploy/roles.sql" in capsys.readouterr().out


def test_status_tells_who_is_being_worked_on(made: str, capsys: Any) -> None:
    with advisory_locks.exclusive_schema_lock(made):
        run("status")
    assert "đủ; đang có tiến trình làm" in capsys.readouterr().out


def test_with_nothing_to_do_no_schema_is_entered(made: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert run("migrate") == 0
    assert not [
        query["sql"] for query in asked if f'"{made}"' in query["sql"] and "set_config" in query["sql"]
    ]


@pytest.mark.deep
def test_two_workers_share_the_work(empty: str, slug: str) -> None:
    second = f"{slug}b"
    province = Province(schema_name=second, name="Tỉnh Thử Hai", short_name="Thử Hai", agency_code="H96")
    province.auto_create_schema = False
    with public_context():
        province.save(verbosity=0)
        sql(f'CREATE SCHEMA "{second}"')
    try:
        process = start("migrate", "--workers", "2")
        told, _none = process.communicate(timeout=120)
        assert process.returncode == 0
        assert schema_migrations.status_of(second).is_reached
        assert sorted(line.split()[0] for line in told.splitlines() if "đã nâng cấp" in line) == [
            empty,
            second,
        ]
    finally:
        with public_context():
            schemas.drop_schema(second)
            Province.objects.filter(schema_name=second).delete()


@pytest.mark.committed
def test_a_run_that_was_killed_half_way_is_finished_by_the_next(empty: str) -> None:
    process = start("migrate", "--workers", "1")
    until(lambda: recorded(empty) > 3, process)
    process.kill()
    process.wait()
    assert not schema_migrations.status_of(empty).is_reached
    assert run("migrate", "--workers", "1") == 0
    assert schema_migrations.status_of(empty).is_reached


def test_who_was_killed_before_the_permissions_is_not_taken_for_finished(made: str) -> None:
    with province_context(made):
        sql("DELETE FROM auth_permission WHERE codename = 'view_dossier'")
    assert schema_migrations.status_of(made).unfinished
    assert run("migrate", "--workers", "1") == 0
    assert not schema_migrations.status_of(made).unfinished


def test_one_schema_in_trouble_hides_no_other(empty: str, capsys: Any) -> None:
    sql(f'CREATE TABLE "{empty}".audit_auditentry (id int)')
    assert run("migrate", "--workers", "1") == 1
    assert f"✗ {empty}: ProgrammingError" in capsys.readouterr().err
    assert schema_migrations.status_of("daklak").is_reached


def test_a_province_without_schema_is_left_to_apply(empty: str, capsys: Any) -> None:
    with public_context():
        sql(f'DROP SCHEMA "{empty}" CASCADE')
    assert run("migrate") == 1
    assert "chạy province apply" in capsys.readouterr().err


def test_the_runtime_login_migrates_nothing(db: None, capsys: Any) -> None:
    assert run("migrate") == 2
    assert "DATABASE_OWNER_URL" in capsys.readouterr().err
