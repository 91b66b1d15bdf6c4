"""Version of a province's data that changes rarely, and what processes keep of it under that version.

A trigger gives each topic a new random version with every change of its tables, in the same transaction. So a version
never comes back with other contents: not after a rollback, a restored archive, a swap of schemas or a new start under
the same name. Who reads the version before the rows, or in the same statement, never keeps old rows under a new version.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Subquery
from psycopg import sql

from tenants.isolation.append_only import TableOperation
from tenants.isolation.context import current_province
from tenants.organisation.models import DataVersion

TABLE = "organisation_dataversion"
MOST_KEPT = 2000
"""Values of one province and cache, unless the cache says otherwise: memory has its end."""
_FUNCTION = """
CREATE OR REPLACE FUNCTION change_data_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.organisation_dataversion SET version = gen_random_uuid() WHERE topic = $1', TG_TABLE_SCHEMA)
        USING TG_ARGV[0];
    RETURN NULL;
END $$
"""
# Before the rows are touched, so that two writers wait for each other here and do not lock rows crosswise.
_TRIGGER = (
    "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE{of} OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION change_data_version({topic})"
)
_TOPIC = (
    "INSERT INTO organisation_dataversion (topic, version) VALUES ({topic}, gen_random_uuid()) "
    "ON CONFLICT DO NOTHING"
)


class ChangesVersion(TableOperation):
    """Each statement that changes one of these tables changes the version of the topic.

    With `columns` only updates that name one of them count: progress that is written often makes no writer wait.
    """

    def __init__(self, topic: str, *tables: str, columns: tuple[str, ...] = ()) -> None:
        self.topic, self.columns = topic, columns
        self.changed, self.tables = tables, (TABLE, *tables)

    def statements(self, schema: str) -> Iterator[sql.Composable]:
        topic = sql.Literal(self.topic)
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        yield sql.SQL(_FUNCTION)
        yield sql.SQL(_TOPIC).format(topic=topic)
        for table in self.changed:
            yield sql.SQL(_TRIGGER).format(
                topic=topic,
                name=sql.Identifier(f"{table}_version"),
                table=sql.Identifier(table),
                of=sql.SQL(" OF {}").format(columns) if self.columns else sql.SQL(""),
            )


def of(topic: str) -> Subquery:
    """The topic's version as an expression, to be read in the statement that reads something else."""
    return Subquery(DataVersion.objects.filter(topic=topic).values("version")[:1])


def read(topic: str) -> Hashable:
    """The topic's version now in the current province: one statement."""
    return DataVersion.objects.filter(topic=topic).values_list("version", flat=True).first()


def read_all(*topics: str) -> tuple[Hashable, ...] | None:
    """The versions of several topics now: one statement. None when one of them has none."""
    found = dict(DataVersion.objects.filter(topic__in=topics).values_list("topic", "version"))
    return tuple(found[topic] for topic in topics) if len(found) == len(topics) else None


_lock = threading.Lock()
_kept: dict[Hashable, tuple[Hashable, dict[Hashable, Any]]] = {}


def kept[Value](
    cache: str, version: Hashable, key: Hashable, load: Callable[[], Value], *, most: int = MOST_KEPT
) -> Value:
    """What this process keeps of the present province in a cache under this key, as long as its version is this one.

    Else the value of `load()`, which reads after `version` was read. Nothing personal belongs here. Values are shared
    by threads and must not be changed. `PROVINCE_CACHE=0` keeps nothing.
    """
    if version is None or not settings.PROVINCE_CACHE:
        return load()
    place = (current_province().uuid, cache)
    with _lock:
        kept_version, values = _kept.get(place, (None, {}))
        if kept_version == version and key in values:
            found: Value = values[key]
            return found
    value = load()
    with _lock:
        kept_version, values = _kept.get(place, (None, {}))
        if kept_version != version or len(values) >= most:
            values = {}
        values[key] = value
        _kept[place] = (version, values)
    return value


def clear_caches() -> None:
    """Forget what this process keeps of all provinces."""
    with _lock:
        _kept.clear()
