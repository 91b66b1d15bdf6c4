"""One worker at a schema: an advisory lock that ends with its session, so a killed process frees it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error

from tenants.isolation.backend import connection

# The name under which `province apply` holds a province while it works on it.
_KEY = "province apply {slug}"
# Under this name one reads a schema from its first table to its last; the other changes which schema bears the slug.
_PLACE = "province place {slug}"
_HELD = """
SELECT slug FROM unnest(%s::text[], %s::text[]) AS one (slug, key)
JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(one.key, 0)
"""


@contextmanager
def exclusive_schema_lock(
    slug: str, *, wait: bool = True, on_wait: Callable[[], None] = lambda: None
) -> Iterator[bool]:
    """Keep all other changes of this schema out until the block ends; whether that was possible.

    `on_wait` is called once before waiting for another holder; with `wait` False the block gets False
    instead. The lock has a connection of its own: migrations close the one they ran on.
    """
    with _tried("pg_try_advisory_lock", _KEY.format(slug=slug), on_wait if wait else None) as taken:
        yield taken


@contextmanager
def hold_schema_name(slug: str) -> Iterator[bool]:
    """Keep this schema under its name until the block ends; False, and nothing kept, where it is being replaced.

    For readers of the whole schema: after a rename, a query by name would read another table. Many readers share
    the lock; migrations and applies are not kept out.
    """
    with _tried("pg_try_advisory_lock_shared", _PLACE.format(slug=slug)) as free:
        yield free


@contextmanager
def rename_schema_lock(slug: str) -> Iterator[bool]:
    """No reader of the whole schema starts until the block ends; False where one reads it now."""
    with _tried("pg_try_advisory_lock", _PLACE.format(slug=slug)) as free:
        yield free


@contextmanager
def _tried(lock: str, key: str, on_wait: Callable[[], None] | None = None) -> Iterator[bool]:
    """Whether it was free; with `on_wait` it is waited for."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [key])
            taken = cursor.fetchone()[0]
            if not taken and on_wait is not None:
                on_wait()
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
                taken = True
        yield taken
    finally:
        end_session(own)


def end_session(session: Any) -> None:
    """Give up all locks of this session, and end it: the server ends a closed one when it comes to it."""
    with suppress(Error):
        if session.connection is not None:
            session.cursor().execute("SELECT pg_advisory_unlock_all()")
    session.close()


def locked_slugs(slugs: Iterable[str]) -> set[str]:
    """Those of these schemas that are locked at this moment."""
    names = list(slugs)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [names, [_KEY.format(slug=slug) for slug in names]])
        return {slug for (slug,) in cursor.fetchall()}
