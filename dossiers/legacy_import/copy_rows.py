"""Writing many rows of a model at once, with the values that saving each would have written."""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

_KEYS_AT_ONCE = 2_000
# Values of these go to the database as they are: asking each field for each of a million costs as much as
# writing them.
_AS_THEY_ARE = {
    models.BigAutoField,
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.TextField,
}


def keys_of(model: type[models.Model]) -> Iterator[int]:
    """Primary keys of this model that nobody else will get, without end."""
    table = connection.ops.quote_name(model._meta.db_table)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, _KEYS_AT_ONCE],
            )
            keys = cursor.fetchall()
        for (key,) in keys:
            yield key


def copy_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert these rows, which have their primary keys, through COPY. Neither `save()` nor signals run."""
    if not rows:
        return
    fields = model._meta.concrete_fields
    database = connections[DEFAULT_DB_ALIAS]  # not the proxy: it is asked for each of a million values
    quoted = database.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    takers = [_taker(field, database) for field in fields]
    statement = f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN"
    # A cursor's own methods have their errors turned into Django's; what COPY hands back has not.
    with database.wrap_database_errors, database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([take(row) for take in takers])


def _taker(field: "models.Field[Any, Any]", database: BaseDatabaseWrapper) -> Callable[[models.Model], Any]:
    """How to get the value of a column out of a row, as saving would write it."""
    is_plain = type(field) in _AS_THEY_ARE and not getattr(field, "auto_now_add", False)
    if is_plain or field.is_relation:
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), database)
