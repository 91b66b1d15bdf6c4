"""Schemas, roles and grants. All grants stand here."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.isolation import append_only, work_discovery
from tenants.isolation.backend import connection
from tenants.isolation.backend.base import EXTENSIONS_SCHEMA

# What tables of provinces are built on; all of them trusted, so that the owner need not be a superuser.
EXTENSIONS = ("pg_trgm", "unaccent")


# What web, worker and beat write in `public`; they read all of it. A province's host, name and slug are not among it.
PUBLIC_WRITES = {
    "UPDATE (state)": ("tenants_province",),
    "INSERT": ("tenants_operatorsentry", "django_admin_log"),
    "INSERT, UPDATE": ("accounts_user",),
    "INSERT, DELETE": ("accounts_user_groups", "auth_group_permissions"),
    "INSERT, UPDATE, DELETE": (
        *("tenants_channelroute", "auth_group", "accounts_session", "accounts_invitation"),
        *("accounts_externalidentity", "accounts_passkey", "accounts_recoverycode", "accounts_secondfactor"),
    ),
}


class NotTheOwner(RuntimeError):
    """Tables are made by the owner's login only."""


def role_name(schema_name: str) -> str:
    """Name of the role that may use only this schema. Roles are global to a server, hence the prefix."""
    return f"{settings.PROVINCE_ROLE_PREFIX}{schema_name}"


def runtime_role(schema_name: str) -> str:
    """The role that uses this schema at run time: the province's, or the runtime login itself."""
    if settings.PROVINCE_ROLES and schema_name != get_public_schema_name():
        return role_name(schema_name)
    return settings.DATABASE_RUNTIME_USER


def require_owner() -> None:
    """Raise NotTheOwner unless this process is logged in as the owner of the database."""
    if connection.settings_dict["USER"] != settings.DATABASE_OWNER_USER:
        raise NotTheOwner("Lệnh này cần quyền chủ cơ sở dữ liệu: đặt DATABASE_OWNER_URL và DB_LOGIN=owner.")


def prepare_schema(sender: Any, schema_name: str, **kwargs: Any) -> None:
    """Receiver of `schema_pre_migration`: role, membership, default privileges. Safe to repeat.

    Under the runtime login a migration with nothing to do would answer OK and leave stray privileges, so
    it raises there.
    """
    require_owner()
    if schema_name == get_public_schema_name():
        _prepare_public()
    else:
        _prepare_province(schema_name)


def _run(texts: Iterable[str], **names: sql.Composable) -> None:
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(sql.SQL(text).format(**names))


def _prepare_public() -> None:
    _run(
        (
            "CREATE SCHEMA IF NOT EXISTS {extensions}",
            "GRANT USAGE ON SCHEMA {extensions} TO PUBLIC",
            *(f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {{extensions}}" for name in EXTENSIONS),
            "REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
            # A temporary table would survive on a kept connection from one province to the next.
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
            "GRANT USAGE ON SCHEMA {schema} TO {runtime}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE INSERT, UPDATE, DELETE ON TABLES FROM {runtime}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {runtime}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {runtime}",
            # It runs as the owner: a caller sees the due work of each province, and no more.
            "{create_probe}",
            "REVOKE ALL ON FUNCTION {probe} FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION {probe} TO {runtime}",
        ),
        schema=sql.Identifier(get_public_schema_name()),
        runtime=sql.Identifier(settings.DATABASE_RUNTIME_USER),
        database=sql.Identifier(connection.settings_dict["NAME"]),
        extensions=sql.Identifier(EXTENSIONS_SCHEMA),
        create_probe=work_discovery.create_statement(),
        probe=work_discovery.function_reference(),
    )


def grant_public_writes(sender: Any, schema_name: str, **kwargs: Any) -> None:
    """Receiver of `schema_migrated`: what the runtime login may write in `public`, and nothing else there."""
    if schema_name != get_public_schema_name():
        return
    texts = ["REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schema} FROM {runtime}"]
    for privileges, tables in PUBLIC_WRITES.items():
        texts += [f"GRANT {privileges} ON {{schema}}.{table} TO {{runtime}}" for table in tables]
    # At once: web and worker may be running.
    with transaction.atomic():
        _run(
            texts,
            schema=sql.Identifier(schema_name),
            runtime=sql.Identifier(settings.DATABASE_RUNTIME_USER),
        )


def _prepare_province(schema_name: str) -> None:
    texts = []
    if settings.PROVINCE_ROLES:
        if not _role_exists(role_name(schema_name)):
            texts.append("CREATE ROLE {role} NOLOGIN")
        texts.append("GRANT {role} TO {runtime} WITH INHERIT FALSE, SET TRUE")
    texts += [
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ]
    _run(
        texts,
        schema=sql.Identifier(schema_name),
        role=sql.Identifier(runtime_role(schema_name)),
        runtime=sql.Identifier(settings.DATABASE_RUNTIME_USER),
    )


def drop_schema(schema_name: str) -> None:
    """Drop a province's schema with all its data, then its role. Refuses `public`."""
    if schema_name in (get_public_schema_name(), EXTENSIONS_SCHEMA):
        raise ValueError(schema_name)
    require_owner()
    _run(["DROP SCHEMA IF EXISTS {schema} CASCADE"], schema=sql.Identifier(schema_name))
    drop_role(schema_name)


def grant_all(schema_name: str) -> None:
    """Credential what `prepare_schema` grants for tables to come on those that are there: a restored schema comes
    without any grants. Triggers mark append-only tables, and these stay so."""
    require_owner()
    role = sql.Identifier(runtime_role(schema_name))
    texts = [
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ]
    _run(texts, schema=sql.Identifier(schema_name), role=role)
    for table in append_only.tables(schema_name):
        _run([append_only.REVOKE], table=sql.Identifier(schema_name, table), role=role)


def revoke_all(schema_name: str, role: str) -> None:
    """Take from this role all that it may do in this schema, now and with tables to come."""
    require_owner()
    texts = [
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}",
        "REVOKE ALL ON SCHEMA {schema} FROM {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {role}",
    ]
    _run(texts, schema=sql.Identifier(schema_name), role=sql.Identifier(role))


def drop_role(schema_name: str) -> None:
    """Drop the role of a schema that holds nothing any more; nothing where there is none."""
    require_owner()
    if settings.PROVINCE_ROLES:
        _run(["DROP ROLE IF EXISTS {role}"], role=sql.Identifier(role_name(schema_name)))


def _role_exists(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None
