"""One worker at a schema: an advisory lock that ends with its session, so a killed process frees it."""

import getpass
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime

from django.db import Error

from tenants.isolation.backend import connection

# The name under which `province apply` holds a province while it works on it.
_KEY = "province apply {slug}"
# Under this name one reads a schema from its first table to its last; the other changes which schema bears the slug.
_PLACE = "province place {slug}"
BEAT = "mot-cua beat"
"""The beat that holds this sends what falls due; the others wait."""
_NAME_MOST = 63  # PostgreSQL cuts application_name there.
_HELD = """
SELECT slug, a.application_name, a.backend_start
FROM unnest(%s::text[], %s::text[]) AS one (slug, key)
JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(one.key, 0)
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
"""


def exclusive_schema_lock(
    slug: str, *, wait: bool = True, on_wait: Callable[[], None] = lambda: None
) -> AbstractContextManager[bool]:
    """Keep all other changes of this schema out until the block ends; whether that was possible.

    `on_wait` is called once before waiting for another holder; with `wait` False the block gets False
    instead. The lock has a connection of its own: migrations close the one they ran on.
    """
    return _tried("pg_try_advisory_lock", _KEY.format(slug=slug), on_wait if wait else None)


def hold_schema_name(slug: str) -> AbstractContextManager[bool]:
    """Keep this schema under its name until the block ends; False, and nothing kept, where it is being replaced.

    For readers of the whole schema: after a rename, a query by name would read another table. Many readers share
    the lock; migrations and applies are not kept out.
    """
    return _tried("pg_try_advisory_lock_shared", _PLACE.format(slug=slug))


def rename_schema_lock(slug: str) -> AbstractContextManager[bool]:
    """No reader of the whole schema starts until the block ends; False where one reads it now."""
    return _tried("pg_try_advisory_lock", _PLACE.format(slug=slug))


@contextmanager
def _tried(lock: str, key: str, on_wait: Callable[[], None] | None = None) -> Iterator[bool]:
    """Whether it was free; with `on_wait` it is waited for."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [_this_process()])
            cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [key])
            taken = cursor.fetchone()[0]
            if not taken and on_wait is not None:
                on_wait()
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
                taken = True
        yield taken
    finally:
        # The server ends a closed session when it comes to it.
        with suppress(Error):
            if own.connection is not None:
                own.cursor().execute("SELECT pg_advisory_unlock_all()")
        own.close()


def _this_process() -> str:
    """Account and process, in plain letters: PostgreSQL replaces others."""
    account = ""
    with suppress(KeyError, OSError):
        account = getpass.getuser()
    name = f"{account}@{socket.gethostname()} {os.getpid()}"
    return name.encode("ascii", "replace").decode()[:_NAME_MOST]


def locked_slugs(slugs: Iterable[str]) -> dict[str, tuple[str, datetime]]:
    """Those of these schemas that are locked at this moment, each with its holder (`name@machine 123`) and since when."""
    names = list(slugs)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [names, [_KEY.format(slug=slug) for slug in names]])
        return {slug: (name, began) for slug, name, began in cursor.fetchall()}


def holder(key: str) -> str:
    """The name of the session that holds the lock of this key now; "" for none."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [[key], [key]])
        row = cursor.fetchone()
    return str(row[1]) if row else ""
