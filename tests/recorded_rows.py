"""Rows that many tests begin with: what Django wrote once is written again in few statements.

Known moments only: rows tell of the moment at which they were made, and only a frozen one comes back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy, deepcopy
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_save
from django.db.models.sql import InsertQuery
from psycopg import ClientCursor

from tenants import clock

# (True, what stays) or (False, what is new in each copy: the number of a row for its key, or the old text).
type Part = tuple[bool, Any]


def known_moment() -> datetime | None:
    """The moment at which the clock stands; None when it goes on."""
    now = clock.now()
    return now if now is clock.now() else None


@contextmanager
def noted() -> Iterator[list[Model]]:
    """The rows that are saved inside the block, in order and each once."""
    rows: list[Model] = []

    def note(instance: Model, **_rest: Any) -> None:
        if not any(instance is row for row in rows):
            rows.append(instance)

    post_save.connect(note)
    try:
        yield rows
    finally:
        post_save.disconnect(note)


class RecordedRows:
    """Rows saved one by one that can be written again. No signal is sent then and nothing is validated; triggers run."""

    def __init__(self, rows: Sequence[Model], new_texts: Callable[[], Mapping[str, str]]) -> None:
        """`new_texts` gives another one for each text that may be there only once.

        Raises LookupError when they are not all that their tables hold, or belong to a row that is not among them.
        """
        self._new_texts = new_texts
        self._old_texts = frozenset(new_texts())
        self._numbers: dict[Any, int] = {(type(row), row.pk): number for number, row in enumerate(rows)}
        self._known = [
            (number, name, self._numbers[type(other), other.pk])
            for number, row in enumerate(rows)
            for name, other in row._state.fields_cache.items()
            if other is not None
        ]
        self._rows = [
            (type(row), [self._part(row, field) for field in row._meta.concrete_fields]) for row in rows
        ]
        self._text = [piece for row in rows for piece in self._insertion(row)]
        models = {type(row) for row in rows}
        if len(rows) != sum(model._default_manager.count() for model in models):
            raise LookupError("there were rows before")
        taken = " OR ".join(f"EXISTS (SELECT FROM {model._meta.db_table})" for model in models)
        keys = ", ".join(f"nextval('{row._meta.db_table}_id_seq')" for row in rows)
        self._ask = f"SELECT {taken}, {keys}"

    def write(self) -> list[Any] | None:
        """The new rows, in order; None, and nothing is written, where one of their tables has rows already."""
        with connection.cursor() as cursor:
            cursor.execute(self._ask)
            is_taken, *keys = cursor.fetchone()
            if is_taken:
                return None
            new = {**dict(enumerate(keys)), **self._new_texts()}
            cursor.execute("".join(part if stays else str(new[part]) for stays, part in self._text))
        written = [
            model.from_db(
                connection.alias,
                [field.attname for field in model._meta.concrete_fields],
                [copy(part) if stays else new[part] for stays, part in parts],
            )
            for model, parts in self._rows
        ]
        for number, name, other in self._known:
            written[number]._state.fields_cache[name] = written[other]
        return written

    def _part(self, row: Model, field: Any) -> Part:
        value = getattr(row, field.attname)
        if field.primary_key:
            return False, self._numbers[type(row), value]
        if field.is_relation:
            return (True, None) if value is None else (False, self._numbers[field.related_model, value])
        return not (isinstance(value, str) and value in self._old_texts), value

    def _insertion(self, row: Model) -> Iterator[Part]:
        fields = [field for field in row._meta.concrete_fields if not field.generated]
        query = InsertQuery(type(row))
        query.insert_values(fields, [row], raw=True)
        [(statement, values)] = query.get_compiler(connection=connection).as_sql()
        texts = statement.split("%s")
        assert len(values) == len(fields) == len(texts) - 1, statement
        with ClientCursor(connection.connection) as cursor:
            for text, field, value in zip(texts, fields, values, strict=False):
                stays, part = self._part(row, field)
                quote = "" if stays or isinstance(part, int) else "'"
                yield True, text + quote
                yield stays, cursor.mogrify("%s", [value]) if stays else part
                yield True, quote
        yield True, f"{texts[-1]};"


class RecordedTables:
    """Tables of a province into which the same rows are put again and again, under the same keys."""

    def __init__(self, *prefixes: str) -> None:
        """Those whose names begin so."""
        self._prefixes = prefixes
        self._names: list[str] = []
        self._rows: dict[Any, dict[str, bytes]] = {}
        self._values: dict[Any, Any] = {}

    def fill[Value](self, make: Callable[[], Value]) -> Value:
        """Have the rows that `make` writes, which is called where they are not empty or the moment is a new one.

        What it gave is given again, as a copy.
        """
        moment = known_moment()
        # Another province has other keys.
        key = moment and (moment, connection.schema_name)
        with connection.cursor() as cursor:
            self._names = self._names or [
                name for name in connection.introspection.table_names() if name.startswith(self._prefixes)
            ]
            names = self._rows.get(key, self._names)
            cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT FROM {name})" for name in names))
            if key is None or cursor.fetchone()[0]:
                return make()
            if key not in self._rows:
                made = make()
                self._rows[key] = {name: rows for name in self._names if (rows := _copied(cursor, name))}
                self._values[key] = deepcopy(made)
                return made
            for name, rows in self._rows[key].items():
                with cursor.cursor.copy(f"COPY {name} FROM STDIN") as copying:
                    copying.write(rows)
        value: Value = deepcopy(self._values[key])
        return value


def _copied(cursor: Any, table: str) -> bytes:
    with cursor.cursor.copy(f"COPY {table} TO STDOUT") as rows:
        return b"".join(rows)
