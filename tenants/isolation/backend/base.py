"""PostgreSQL connection that always stands in exactly one province, or in `public`, or fails.

Search path and role are set by one statement before the first query that needs them. If that statement
fails, the error is raised: a query must never run with the path of the province before it.
"""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils.asyncio import async_unsafe
from django_tenants.postgresql_backend import base
from django_tenants.utils import get_public_schema_name, quote_schema_name

from tenants.isolation.backend import connection_of, server

EXTENSIONS_SCHEMA = "ext"
# Our joins start from a key and go along foreign keys: the order in which they are written is the right one.
# Trying all others took PostgreSQL tens of milliseconds for the twelve tables of a dossier.
PLAN_JOINS_AS_WRITTEN = {"join_collapse_limit": "4"}
GRACE_SECONDS = 5.0
"""So much longer than a statement may take: a frozen server runs no timer of its own."""
ENTER = "SELECT set_config('search_path', %s, false), set_config('role', %s, false)"


class PerSchemaContentTypes(dict[Any, Any]):
    """Replaces `ContentType.objects._cache` ({alias: {key: content type}}) by one part per schema.

    Never cleared on a change of province: that is what made the stock cache leak between threads.
    """

    def __getitem__(self, alias: str) -> Any:
        return super().__getitem__((alias, connection_of(alias).schema_name))

    def setdefault(self, alias: str, default: Any = None) -> Any:
        return super().setdefault((alias, connection_of(alias).schema_name), default)


# The stock cache is one dictionary per process, so ids of one province would answer in another.
_content_types: Any = ContentType.objects
if not isinstance(_content_types._cache, PerSchemaContentTypes):
    _content_types._cache = PerSchemaContentTypes()


class _BoundedConnection(psycopg.Connection[Any]):
    """Waits `longest_wait` seconds for an answer, to COMMIT too, then closes its socket and raises OperationalError.

    It asks for no cancel: a COMMIT that waits for a standby would then stand without it.
    """

    longest_wait: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.longest_wait if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if timeout is None:
                self.pgconn.finish()
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """`search_path_set_schemas` of the parent remembers the (path, role) this session is known to have."""

    _setting_search_path: bool
    search_path_set_schemas: Any
    _leaving_savepoint = False
    _silent_until = float("-inf")

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Choose the province for the queries that follow; the database hears of it with the next one.

        `include_public` is ignored: a province never sees `public`.
        """
        self.tenant = tenant
        self.schema_name = tenant.schema_name

    def wanted_scope(self) -> tuple[str, str]:
        """Search path and role that the chosen province needs."""
        path = f"{quote_schema_name(self.schema_name)}, {EXTENSIONS_SCHEMA}"
        return path, self.role_of(self.schema_name)

    def role_of(self, schema_name: str) -> str:
        """Role that may use only this schema; `none` in `public`, for the owner, and without roles."""
        is_owner = self.settings_dict["USER"] == settings.DATABASE_OWNER_USER
        if schema_name == get_public_schema_name() or is_owner or not settings.PROVINCE_ROLES:
            return "none"
        return f"{settings.PROVINCE_ROLE_PREFIX}{schema_name}"

    def _handle_search_path(self, cursor: Any = None) -> None:
        wanted = self.wanted_scope()
        if self._setting_search_path or self._leaving_savepoint or self.search_path_set_schemas == wanted:
            return
        self._setting_search_path = True
        self.search_path_set_schemas = None
        carrier = self.connection.cursor() if cursor is None else cursor
        try:
            carrier.execute(ENTER, wanted)
        finally:
            self._setting_search_path = False
            if cursor is None:
                carrier.close()
        self.search_path_set_schemas = wanted

    @async_unsafe
    def connect(self) -> None:
        self.search_path_set_schemas = None
        super().connect()
        server.require_late(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if time.monotonic() < DatabaseWrapper._silent_until:
            raise psycopg.OperationalError("it did not answer a moment ago")
        try:
            made = super().get_new_connection(server.leader_first(conn_params))
        except psycopg.OperationalError as error:
            # Each try holds a thread for `connect_timeout`, and one page makes several. Of several hosts the last
            # one gives the type of the error, and the silent one a line of its text.
            if isinstance(error, psycopg.errors.ConnectionTimeout) or "connection timeout expired" in str(
                error
            ):
                DatabaseWrapper._silent_until = time.monotonic() + 1
            raise
        server.note_leader(made)
        made.__class__ = _BoundedConnection  # Django makes psycopg's own, and has no setting for another
        return made

    def init_connection_state(self) -> None:
        limits = {} if self.settings_dict["USER"] == settings.DATABASE_OWNER_USER else server.present_limits
        if limits:
            self.connection.longest_wait = int(limits["statement_timeout"]) / 1000 + GRACE_SECONDS
        super().init_connection_state()
        parameters = {**PLAN_JOINS_AS_WRITTEN, **limits}
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS one (name, value)",
                [list(parameters), list(parameters.values())],
            )

    def is_usable(self) -> bool:
        """The health check of a kept connection enters the province, so it costs no statement of its own."""
        if self.connection is None:
            return False
        wanted = self.wanted_scope()
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(ENTER, wanted)
        except psycopg.Error:
            self.search_path_set_schemas = None
            return False
        if server.follows_another(self.connection):
            return False
        self.search_path_set_schemas = wanted
        return True

    def _savepoint_rollback(self, sid: str) -> None:
        # The transaction is aborted here: setting the path would fail and prevent ROLLBACK TO itself.
        self._leaving_savepoint = True
        try:
            super()._savepoint_rollback(sid)
        finally:
            self._leaving_savepoint = False

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        """Run `func` after commit, in the province where it was registered, not where commit happens."""
        tenant = self.tenant

        def in_its_province() -> None:
            present = self.tenant
            self.set_tenant(tenant)
            try:
                func()
            finally:
                self.set_tenant(present)

        super().on_commit(in_its_province, robust)
