"""Schemas and roles come and go together, are made by the owner alone, and may be prepared again."""

import re
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django_tenants.utils import schema_exists

from tenants.isolation import advisory_locks, schemas
from tenants.isolation.backend.base import DatabaseWrapper
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province
from tenants.operations.backup import pg_tools
from tests.conftest import make_province

Row = tuple[Any, ...]


def rows(statement: str, *values: object) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def role_exists(slug: str) -> bool:
    return bool(rows("SELECT 1 FROM pg_roles WHERE rolname = %s", schemas.role_name(slug)))


def privileges(slug: str) -> list[Row]:
    """Everything that is granted to anybody inside a schema, and what will be granted on new tables."""
    return rows(
        "SELECT c.relname, c.relacl::text FROM pg_class c WHERE c.relnamespace = %s::regnamespace "
        "UNION ALL SELECT 'schema', nspacl::text FROM pg_namespace WHERE nspname = %s "
        "UNION ALL SELECT 'new ' || defaclobjtype::text, defaclacl::text FROM pg_default_acl "
        "WHERE defaclnamespace = %s::regnamespace ORDER BY 1, 2",
        slug,
        slug,
        slug,
    )


def may(role: str, privilege: str, table: str) -> bool:
    """Whether a role holds a privilege by itself, without SET ROLE."""
    return bool(rows("SELECT has_table_privilege(%s, %s, %s)", role, table, privilege)[0][0])


def test_a_role_may_not_log_in_and_gives_the_runtime_nothing_by_itself(made: str) -> None:
    assert rows(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = %s",
        schemas.role_name(made),
    ) == [(False, False, False, False, False)]
    assert rows(
        "SELECT m.inherit_option, m.set_option, m.admin_option FROM pg_auth_members m "
        "JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member "
        "WHERE r.rolname = %s AND u.rolname = %s",
        schemas.role_name(made),
        settings.DATABASE_RUNTIME_USER,
    ) == [(False, True, False)]


def test_preparing_and_migrating_again_changes_nothing(made: str) -> None:
    before = privileges(made)
    schemas.prepare_schema(None, made)
    assert privileges(made) == before
    call_command("migrate_schemas", tenant=True, schema_name=made, interactive=False, verbosity=0)
    assert privileges(made) == before
    assert before


def everything(slug: str) -> str:
    """A schema as pg_dump writes it, rights included, and the rows that its migrations left."""
    place = pg_tools.folder(connection.pg_version // 10_000)
    dump = pg_tools.Program(place, "pg_dump", "--schema-only", f"--schema={slug}", stdout=subprocess.PIPE)
    assert dump.process.stdout is not None
    tables = dump.process.stdout.read().decode()
    dump.end()
    # Against strangers who write such a text, it is locked with a word of its own.
    tables = re.sub(r"^\\(un)?restrict .*$", "", tables, flags=re.M).replace(slug, "SLUG")
    with province_context(slug):
        left = [
            rows("SELECT id, app, name FROM django_migrations ORDER BY id"),
            rows("SELECT id, app_label, model FROM django_content_type ORDER BY id"),
            rows("SELECT id, name, content_type_id, codename FROM auth_permission ORDER BY id"),
        ]
    return f"{tables}\n{left}"


@pytest.mark.deep
def test_what_tests_remember_of_the_migrations_makes_what_they_make(migrated_by_django, made):
    """Else no test of a province would say anything of a real one (`tests.migrating`); Đồng Nai is remembered."""
    assert everything(made) == everything("dongnai")


def test_a_table_of_a_later_migration_is_usable_at_once(made: str) -> None:
    with province_context(made):
        rows("CREATE TABLE added_later (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    table = f"{made}.added_later"
    assert may(schemas.role_name(made), "INSERT", table)
    assert not may(settings.DATABASE_RUNTIME_USER, "SELECT", table)


def test_deleting_only_the_row_keeps_the_data_and_dropping_takes_schema_and_role_and_nothing_else(made):
    others = privileges("daklak")
    with public_context():
        Province.objects.get(schema_name=made).delete()
        assert (schema_exists(made), role_exists(made)) == (True, True)
        schemas.drop_schema(made)
    assert (schema_exists(made), role_exists(made)) == (False, False)
    assert privileges("daklak") == others


def test_deleting_a_province_with_its_data_leaves_no_row_and_no_host(made: str) -> None:
    with public_context():
        Province.objects.get(schema_name=made).delete(force_drop=True)
        left = (
            Province.objects.filter(schema_name=made).count(),
            Domain.objects.filter(domain__startswith=made).count(),
        )
    assert (left, schema_exists(made), role_exists(made)) == ((0, 0), False, False)


@pytest.mark.parametrize("name", ["public", "ext"])
def test_what_all_provinces_need_is_not_dropped(owner: None, name: str) -> None:
    with pytest.raises(ValueError):
        schemas.drop_schema(name)
    assert schema_exists(name)


def test_a_creation_that_fails_leaves_no_schema_role_or_row(slug, migrated_by_django, monkeypatch):
    from tenants.isolation.append_only import AppendOnly

    def breaks(self: Any, *arguments: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(AppendOnly, "database_forwards", breaks)
    with pytest.raises(RuntimeError, match="planted"):
        make_province(slug, "Tỉnh Thử", "Thử", "H97")
    with public_context():
        left = Province.objects.filter(schema_name=slug).exists()
    assert (left, schema_exists(slug), role_exists(slug)) == (False, False, False)


def test_a_creation_inside_a_transaction_that_is_undone_leaves_nothing(slug: str) -> None:
    with public_context(), transaction.atomic():
        make_province(slug, "Tỉnh Thử", "Thử", "H97")
        transaction.set_rollback(True)
    assert (schema_exists(slug), role_exists(slug)) == (False, False)


def test_the_runtime_login_prepares_migrates_and_drops_nothing(db: None) -> None:
    """Where there is nothing to do, Django's command would otherwise answer OK and leave stray privileges."""
    migrate = {"tenant": True, "schema_name": "daklak", "interactive": False, "verbosity": 0}
    with pytest.raises(schemas.NotTheOwner):
        schemas.prepare_schema(None, "daklak")
    with pytest.raises(schemas.NotTheOwner), public_context():
        call_command("migrate_schemas", **migrate)
    with pytest.raises(schemas.NotTheOwner):
        schemas.drop_schema("daklak")
    assert schema_exists("daklak")


@pytest.mark.parametrize(
    "statement",
    [
        "DROP SCHEMA daklak CASCADE",
        "CREATE SCHEMA stray",
        "CREATE TABLE public.stray (id int)",
        "CREATE ROLE stray",
    ],
)
def test_the_database_refuses_the_runtime_login_as_well(db: None, statement: str) -> None:
    with public_context(), pytest.raises(ProgrammingError), transaction.atomic():
        rows(statement)


def test_each_province_has_a_role_of_its_own_or_that_of_the_runtime(settings: Any) -> None:
    assert schemas.runtime_role("daklak") == f"{settings.PROVINCE_ROLE_PREFIX}daklak"
    assert schemas.runtime_role("public") == settings.DATABASE_RUNTIME_USER
    settings.PROVINCE_ROLES = False
    assert schemas.runtime_role("daklak") == settings.DATABASE_RUNTIME_USER


def test_where_no_roles_can_be_made_a_province_works_all_the_same(slug: str, settings: Any) -> None:
    settings.PROVINCE_ROLES = False
    make_province(slug, "Tỉnh Thử", "Thử", "H97")
    assert not role_exists(slug)
    runtime = settings.DATABASE_RUNTIME_USER
    assert may(runtime, "INSERT", f"{slug}.dossiers_dossier")
    assert not may(runtime, "UPDATE", f"{slug}.dossiers_event")


@pytest.mark.parametrize("lock", [advisory_locks.exclusive_schema_lock, advisory_locks.rename_schema_lock])
def test_a_lock_is_free_when_its_block_ends_however_slowly_its_session_does(db, monkeypatch, lock):
    sessions: list[DatabaseWrapper] = []
    with monkeypatch.context() as slow:
        slow.setattr(DatabaseWrapper, "close", lambda session: sessions.append(session))
        with lock("daklak"):
            pass
        with (
            advisory_locks.exclusive_schema_lock("daklak", wait=False) as alone,
            advisory_locks.rename_schema_lock("daklak") as moving,
        ):
            assert alone
            assert moving
    for session in sessions:
        session.close()
