"""A database for the loading of one archive; it lives as long as the process that made it holds its lock.

Whoever is killed leaves the database behind without the lock, and the next backup, restore or rehearsal drops it.
"""

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.utils.translation import gettext as _
from psycopg import errors, sql

from tenants.backup import pg_tools
from tenants.backup.errors import BackupRefused
from tenants.isolation import schemas
from tenants.isolation.backend.base import EXTENSIONS_SCHEMA

_PREFIX = "mc_phuc_hoi_"
_LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
# Locks of all databases: another installation at this server may be at work.
_LEFT = f"""
SELECT d.datname FROM pg_database d
WHERE d.datname ~ '^{_PREFIX}[0-9a-f]{{12}}$' AND pg_get_userbyid(d.datdba) = current_user AND NOT EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(d.datname, 0)
)
"""  # noqa: S608 – a constant
_END_LOADING = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"


@contextmanager
def scratch() -> Iterator[str]:
    """An empty database with what schemas need from outside; dropped at the end. Its name is to be the
    `application_name` of whatever loads from it into the portal's database. Raises BackupRefused."""
    name = f"{_PREFIX}{secrets.token_hex(6)}"
    with pg_tools.connect() as server:
        server.execute(_LOCK, [name])  # before it is there: no moment at which it looks left behind
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except errors.InsufficientPrivilege:
            raise BackupRefused(
                _("Đăng nhập chủ không được tạo cơ sở dữ liệu tạm: cấp CREATEDB cho nó rồi làm lại.")
            ) from None
        try:
            _furnish(name)
            yield name
        finally:
            _drop(server, name)


def sweep() -> list[str]:
    """Drop the databases that nobody holds any more, and end what still loads from them; their names."""
    with pg_tools.connect() as server:
        left = [name for (name,) in server.execute(_LEFT).fetchall()]
        for name in left:
            # pg_restore outlives the process that started it.
            server.execute(_END_LOADING, [name])
            # Two may sweep at the same moment.
            with contextlib.suppress(errors.InvalidCatalogName):
                _drop(server, name)
    return left


def _furnish(name: str) -> None:
    extensions = sql.Identifier(EXTENSIONS_SCHEMA)
    with pg_tools.connect(name) as inside:
        inside.execute(sql.SQL("CREATE SCHEMA {}").format(extensions))
        for extension in schemas.EXTENSIONS:
            inside.execute(
                sql.SQL("CREATE EXTENSION {} WITH SCHEMA {}").format(sql.Identifier(extension), extensions)
            )


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        server.execute(drop + sql.SQL(" WITH (FORCE)"))
    except errors.InsufficientPrivilege:
        # Autovacuum is at it: nobody may end that by force, and it gives way to who asks without.
        server.execute(drop)
