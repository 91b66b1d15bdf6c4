"""History that the database itself refuses to change."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.utils.translation import gettext as _
from psycopg import sql

from tenants.isolation.backend import connection

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % of %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
ROWS = (
    "CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
WHOLE = "CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
REVOKE = "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"


def tables(schema: str) -> list[str]:
    """The tables of a schema that both triggers guard, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND t.tgenabled IN ('O', 'A') "
            "AND t.tgname IN (c.relname || '_append_only_rows', c.relname || '_append_only_whole') "
            "GROUP BY c.relname HAVING count(*) = 2 ORDER BY 1",
            [schema],
        )
        return [name for (name,) in cursor.fetchall()]


class TableOperation(Operation):
    """A migration operation of SQL statements, done where all of its `tables` are.

    Tables of provinces are not made in `public`, nor those of `public` in a province, though all migrations are
    recorded in both.
    """

    reversible = False
    reduces_to_sql = False
    tables: tuple[str, ...]

    def statements(self, schema: str) -> Iterator[sql.Composable]:
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        connection = schema_editor.connection
        if set(self.tables) <= set(connection.introspection.table_names()):
            for statement in self.statements(connection.schema_name):
                schema_editor.execute(statement.as_string(connection.connection), None)

    def describe(self) -> str:
        return f"{type(self).__name__} {', '.join(self.tables)}"


class AppendOnly(TableOperation):
    """UPDATE, DELETE and TRUNCATE of this table are refused from now on, to everybody.

    Two locks: the run-time role loses the privileges, and triggers refuse even the owner. A restore of a
    dump without privileges has to revoke again.
    """

    def __init__(self, table: str) -> None:
        self.table, self.tables = table, (table,)

    def statements(self, schema: str) -> Iterator[sql.Composable]:
        from tenants.isolation.schemas import runtime_role

        yield sql.SQL(FUNCTION)
        for text, suffix in ((ROWS, "rows"), (WHOLE, "whole"), (REVOKE, "")):
            yield sql.SQL(text).format(
                name=sql.Identifier(f"{self.table}_append_only_{suffix}"),
                table=sql.Identifier(self.table),
                role=sql.Identifier(runtime_role(schema)),
            )


def guarded_tables() -> list[str]:
    """The tables of a province that the code declares append-only, by name."""
    migrations = MigrationLoader(None).disk_migrations.items()
    own = {app.label for app in apps.get_app_configs() if app.name in settings.TENANT_APPS}
    declared = (one for (label, _name), found in migrations if label in own for one in found.operations)
    return sorted({one.table for one in declared if isinstance(one, AppendOnly)})


def find_unguarded(schema: str, role: str) -> Iterator[str]:
    """What no longer keeps this role from changing the history in a province's schema, in Vietnamese sentences."""
    guarded = tables(schema)
    with connection.cursor() as cursor:
        for table in guarded_tables():
            cursor.execute("SELECT to_regclass(%s) IS NULL", [f"{schema}.{table}"])
            if cursor.fetchone()[0]:
                yield _("%(table)s: không có bảng này.") % {"table": table}
                continue
            if table not in guarded:
                yield _("%(table)s: thiếu trigger chặn sửa, xóa.") % {"table": table}
            cursor.execute(
                "SELECT has_table_privilege(%s, %s, 'UPDATE, DELETE, TRUNCATE')", [role, f"{schema}.{table}"]
            )
            if cursor.fetchone()[0]:
                yield _("%(table)s: %(role)s được cấp quyền sửa hoặc xóa.") % {"table": table, "role": role}
        cursor.execute(
            "SELECT prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname = %s AND p.proname = 'refuse_change'",
            [schema],
        )
        bodies = [body for (body,) in cursor.fetchall()]
    if not bodies or any(body.strip() not in FUNCTION for body in bodies):
        yield _("Hàm refuse_change đã bị thay: trigger không còn chặn sửa, xóa.")
