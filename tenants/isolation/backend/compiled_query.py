"""A query whose SQL text is made once and planned once: for the few reads that a page makes at every request.

Django makes the text of a queryset anew each time, and PostgreSQL plans it anew. Both take longer than the answer.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, NotSupportedError
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from psycopg.types.numeric import Int8

from tenants.isolation.backend import connection


class Parameter(Expression):
    """A value in a queryset that is given with each read, by name."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


# Four texts for each of 34 provinces, and some more: psycopg's 100 would have each prepared anew at random visits.
_MOST_PREPARED = 300


class _PreparingCursor(psycopg.Cursor[Any]):
    """Binds values at the server, and has it prepare each text once for a connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        # Django's own cursors bind values themselves, so for them psycopg prepares nothing.
        self.connection.prepare_threshold = 0
        self.connection.prepared_max = _MOST_PREPARED
        try:
            return super().execute(query, params, prepare=True, **options)
        finally:
            self.connection.prepare_threshold = None

    def _get_prepared(self, pgq: Any, prepare: bool | None = None) -> Any:
        # What is prepared already is not noted by psycopg, and Django's log of statements asks for it.
        self._query = pgq
        return super()._get_prepared(pgq, prepare)


class _Compiled(NamedTuple):
    sql: str
    parameters: list[Any]
    model: type[Model]
    columns: slice
    fields: list[str]
    converters: list[tuple[int, list[Any], Any]]
    related: list[Any]
    annotations: dict[str, int]


class CompiledQuery[Row: Model]:
    """A queryset with `Parameter`s in place of values. `build` is called once, at the first read.

    The text names no schema, so one text serves all provinces. The queryset may have `select_related`, `only`,
    `annotate`, an order and a limit; nothing is prefetched. Inside a transaction the first read after a migration that
    changed a column's type fails once, as the plan is another.
    """

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        self._build = build

    def rows(self, **values: Any) -> list[Row]:
        """The rows for these values, in the present province: one statement."""
        try:
            found = self._execute(values)
        except NotSupportedError:
            if connection.in_atomic_block:
                raise
            # A migration gave a column another type since. A new connection has prepared nothing before.
            connection.close()
            found = self._execute(values)
        return [self._row(self._compiled, list(row)) for row in found]

    def _execute(self, values: dict[str, Any]) -> list[Any]:
        made = self._compiled
        parameters = [values[one.name] if isinstance(one, Parameter) else one for one in made.parameters]
        # Else psycopg gives a number the smallest type that holds it, and each type is prepared anew.
        parameters = [Int8(one) if type(one) is int else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.cursor.close()
            cursor.cursor = _PreparingCursor(connection.connection)
            # Each province has a plan of its own: PostgreSQL plans anew what meets another search path.
            cursor.execute(f"{made.sql} /* {connection.schema_name} */", parameters)
            found: list[Any] = cursor.fetchall()
        return found

    def first(self, **values: Any) -> Row | None:
        """The first of `rows`; None when there is none."""
        return next(iter(self.rows(**values)), None)

    def build_row(self, **columns: Any) -> Row:
        """The row that these columns of the queryset's own model would give, as stored; nothing is read."""
        made = self._compiled
        row: Row = self._row(made, [columns[name] for name in made.fields])
        return row

    @staticmethod
    def _row(made: _Compiled, row: list[Any]) -> Any:
        for place, converters, expression in made.converters:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        instance: Any = made.model.from_db(DEFAULT_DB_ALIAS, made.fields, row[made.columns])
        for related in made.related:
            related.populate(row, instance)
        for name, place in made.annotations.items():
            setattr(instance, name, row[place])
        return instance

    @cached_property
    def _compiled(self) -> _Compiled:
        compiler: Any = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        select, info = compiler.select, compiler.klass_info
        columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        expressions = [one[0] for one in select]
        return _Compiled(
            sql,
            list(parameters),
            info["model"],
            columns,
            [one.target.attname for one in expressions[columns]],
            [(place, *found) for place, found in compiler.get_converters(expressions).items()],
            get_related_populators(info, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]  # stubs of a newer Django
            compiler.annotation_col_map or {},
        )
