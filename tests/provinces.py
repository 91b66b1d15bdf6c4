"""Provinces with a schema of their own, made on the cluster of `tests.cluster`; for tests and benchmarks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery
from psycopg import ClientCursor

from portal.settings import environment
from tenants.isolation.context import public_context
from tenants.isolation.models import Domain, Province


@contextmanager
def as_owner() -> Iterator[None]:
    """Inside the block the connection is the owner's: for making and dropping schemas."""
    runtime = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    owner = environment.database(environment.read().DATABASE_OWNER_URL)
    connection.close()
    connection.settings_dict.update({key: owner[key] for key in runtime})
    try:
        with public_context():
            yield
    finally:
        connection.close()
        connection.settings_dict.update(runtime)


CHANGE_BY_OWNER = (
    "CREATE FUNCTION public.change_by_owner(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER "
    "AS $$ BEGIN EXECUTE statement; END $$"
)


def change(rows: QuerySet[Any], **values: Any) -> None:
    """Update rows of `public` that the run-time login only reads, in the transaction of the test."""
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    statement, given = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        text = ClientCursor(connection.connection).mogrify(statement, given)
        cursor.execute("SELECT public.change_by_owner(%s)", [text])


def make_province(slug: str, name: str, short_name: str, code: str, colour: str = "#0B5394") -> Province:
    """A province with its schema, live, at <slug>.localhost. As owner."""
    made = Province(
        schema_name=slug,
        name=name,
        short_name=short_name,
        agency_code=code,
        brand=colour,
        hotline="0200 000 0000",
        hours="07:30–11:30 và 13:30–17:00, thứ Hai đến thứ Sáu",
        state=Province.State.LIVE,
    )
    made.save(verbosity=0)
    Domain.objects.create(tenant=made, domain=f"{slug}.localhost", is_primary=True)
    return made


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back, durable transactions and all."""
    block = transaction.Atomic(using=None, savepoint=True, durable=False)
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        # As at a commit, which never comes.
        connection.check_constraints()
        transaction.set_rollback(True)
