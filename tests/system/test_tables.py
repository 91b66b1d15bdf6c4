"""What the database holds: `public` next to nothing, each province everything and nothing of another."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from tenants.isolation.context import province_context, public_context
from tests import tables
from tests.system.tree import ROOMS

# Law 5: provinces, their hosts and accounts at channels, operators' accounts, sessions and log, and what Django needs for
# these; and what web, worker and beat write there: i, u, d. A host, a province and what migrations write are the owner's.
WRITES = tables.read(__file__, "written_tables.yaml")


def tables_of(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def expected_of_a_province() -> set[str]:
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
    models = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in labels
    ]
    return {model._meta.db_table for model in models if model._meta.managed} | {"django_migrations"}


def test_public_holds_exactly_what_it_may_and_the_schema_of_extensions_no_table(db: None) -> None:
    assert tables_of("public") == set(WRITES)
    assert tables_of("ext") == set()


def test_the_runtime_login_writes_in_public_what_it_must_and_no_more(db: None) -> None:
    found = {}
    with public_context(), connection.cursor() as cursor:
        for table in tables_of("public"):
            cursor.execute(
                "SELECT has_table_privilege(%s, 'SELECT'), has_table_privilege(%s, 'TRUNCATE'), has_table_privilege(%s, 'INSERT'), "
                "has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE')",
                [f"public.{table}"] * 5,
            )
            reads, empties, *writes = cursor.fetchone()
            assert (reads, empties) == (True, False), table
            found[table] = "".join(letter for letter, may in zip("iud", writes, strict=True) if may)
        cursor.execute(
            "SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0 AND NOT attisdropped "
            "AND has_column_privilege(c.oid, attnum, 'UPDATE') AND NOT has_table_privilege(c.oid, 'UPDATE')"
        )
        columns = [name.removeprefix("public.") for (name,) in cursor.fetchall()]
    assert found == WRITES
    assert columns == ["tenants_province.state"]


def test_public_holds_no_table_of_a_room(db: None) -> None:
    rooms = {
        model._meta.db_table for model in apps.get_models() if model.__module__.startswith(tuple(ROOMS[1:4]))
    }
    assert rooms
    assert tables_of("public") & rooms == set()


@pytest.mark.parametrize("slug", ["daklak", "dongnai"])
def test_a_province_holds_all_tables_of_a_province_and_no_other(db: None, slug: str) -> None:
    assert tables_of(slug) == expected_of_a_province()


def test_the_schemas_are_those_of_the_provinces(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'")
        found = {name for (name,) in cursor.fetchall()}
    assert found == {"public", "ext", "daklak", "dongnai"}


def test_no_foreign_key_crosses_schemas(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname, a.relnamespace::regnamespace::text, b.relnamespace::regnamespace::text "
            "FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid "
            "WHERE c.contype = 'f'"
        )
        found = cursor.fetchall()
    assert [row for row in found if row[1] != row[2]] == []
    assert {"daklak", "dongnai"} <= {row[1] for row in found}


def test_every_default_of_a_province_draws_from_its_own_sequences(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relnamespace::regnamespace::text, s.relnamespace::regnamespace::text, t.relname "
            "FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
            "JOIN pg_class t ON t.oid = d.refobjid WHERE d.deptype IN ('a', 'i')"
        )
        found = cursor.fetchall()
    assert [row for row in found if row[0] != row[1]] == []
    assert found


def test_functions_of_triggers_live_beside_their_tables(db: None) -> None:
    """A trigger that runs another province's function would be a way across."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relnamespace::regnamespace::text, p.pronamespace::regnamespace::text "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal"
        )
        found = cursor.fetchall()
    assert [row for row in found if row[1] != row[2]] == []
    assert found


def test_the_role_of_a_province_is_granted_nothing_elsewhere(db: Any) -> None:
    with public_context(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relnamespace::regnamespace::text, c.relname, r.rolname "
            "FROM pg_class c, aclexplode(c.relacl) acl JOIN pg_roles r ON r.oid = acl.grantee "
            "WHERE starts_with(r.rolname, %s)",
            [settings.PROVINCE_ROLE_PREFIX],
        )
        found = cursor.fetchall()
    prefix = settings.PROVINCE_ROLE_PREFIX
    assert [row for row in found if row[2] != f"{prefix}{row[0]}"] == []
    assert {row[0] for row in found} == {"daklak", "dongnai"}


@pytest.mark.parametrize("slug", ["daklak", "dongnai"])
def test_nothing_of_a_province_is_open_to_everybody(db: None, slug: str) -> None:
    with province_context(slug), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) acl "
            "WHERE c.relnamespace = %s::regnamespace AND acl.grantee = 0",
            [slug],
        )
        assert cursor.fetchall() == []
