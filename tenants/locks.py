"""One worker at a schema: an advisory lock that goes with its session, so whoever is killed frees it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tenants.backend import connection

# The name under which `province apply` holds a province while it works on it.
_KEY = "province apply {slug}"
_HELD = """
SELECT slug FROM unnest(%s::text[], %s::text[]) AS one (slug, key)
JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(one.key, 0)
"""


@contextmanager
def alone(slug: str, *, wait: bool = True, told: Callable[[], None] = lambda: None) -> Iterator[bool]:
    """Keep everybody else who changes this schema out until the block ends; whether that was possible.

    `told` is called once when somebody has to be waited for; with `wait` False nobody is, and the block gets
    False. The lock has a connection of its own: migrations close the one they ran on.
    """
    own = connection.copy()
    key = [_KEY.format(slug=slug)]
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
            taken = cursor.fetchone()[0]
            if not taken and wait:
                told()
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
                taken = True
        yield taken
    finally:
        own.close()


def held(slugs: Iterable[str]) -> set[str]:
    """Those schemas that somebody works on at this moment."""
    names = list(slugs)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [names, [_KEY.format(slug=slug) for slug in names]])
        return {slug for (slug,) in cursor.fetchall()}
