"""What waits in which province, asked from outside all of them in one statement.

Outside a province the runtime login may read no schema of a province, and inside one only that one: who looks
through all provinces for work would have to enter each. A function of the owner looks for it instead. It
tells which province, what waits there (a name from the code), the number of a row and since when, and cannot
tell anything else: these four columns are all it returns, and what it reads is fixed when it is made.

`settings.DUE_WORK` names what is looked for; `schemas.prepare_schema` makes the function anew with each migration
of `public`. It reads the table of provinces whenever it is called, so new provinces need no change of it.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.isolation import province_cache
from tenants.isolation.backend import connection
from tenants.isolation.context import public_context

FUNCTION = "waiting_in_provinces"
# A province that could not be looked through, because it is being migrated or is damaged.
UNREADABLE = "unreadable"

_TABLE = re.compile(r"\{schema\}\.([a-z_]+)")


@dataclass(frozen=True, slots=True)
class DueWork:
    """Something waits in the province `schema`: what, by its name in `settings.DUE_WORK`; the row's number as
    its SELECT gives it; since when. Of a province that is UNREADABLE no more is known."""

    schema: str
    what: str
    id: int | None
    oldest: datetime | None


def due_work() -> list[DueWork]:
    """Due work of all provinces but those at rest, the oldest first. One statement, in `public`."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM {} ORDER BY oldest NULLS FIRST").format(function_reference()))
        # A province that fails halfway is read again: its first rows stand there twice.
        return list(dict.fromkeys(DueWork(*row) for row in cursor.fetchall()))


def function_reference() -> sql.Composed:
    """The function with its schema and no arguments, as SQL names it for calls and grants."""
    return sql.SQL("{}.{}()").format(sql.Identifier(get_public_schema_name()), sql.Identifier(FUNCTION))


def create_statement() -> sql.Composed:
    """The statement that makes the function from `settings.DUE_WORK`; for the owner.

    That names {name: SELECT}. A SELECT gives (number of a row, since when) and names each table as `{schema}.table`; a
    province that has not all of these tables is passed over. It has to be cheap where nothing waits (a partial index),
    and may find too much: the worker checks again inside the province.

    It stands in `public`, which no province's role may use: `ext` is on the path of all of them.
    """
    probes = [
        {"what": name, "statement": _template(select), "tables": sorted(set(_TABLE.findall(select)))}
        for name, select in sorted(import_string(settings.DUE_WORK).items())
    ]
    body = sql.SQL(_BODY).format(
        probes=sql.Literal(json.dumps(probes)),
        public=sql.Identifier(get_public_schema_name()),
        own=sql.Literal(get_public_schema_name()),
        at_rest=sql.Literal(list(province_cache.AT_REST)),
        unreadable=sql.Literal(UNREADABLE),
    )
    return sql.SQL(_HEAD).format(
        function=function_reference(), body=sql.Literal(body.as_string(connection.connection))
    )


def _template(select: str) -> str:
    """The SELECT for SQL's `format`, which quotes: its first argument is the schema, its second the name."""
    text = select.replace("%", "%%").replace("{schema}", "%1$I")
    return (
        f"SELECT %1$L::text, %2$L::text, f.id::bigint, f.oldest::timestamptz FROM ({text}) AS f (id, oldest)"  # noqa: S608
    )


# A definer's function must not find anything on its caller's path. It does not wait for a province that is
# being migrated; and compiling so wide a statement would cost far more than running it.
_HEAD = """
CREATE OR REPLACE FUNCTION {function}
RETURNS TABLE (schema text, what text, id bigint, oldest timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '200ms'
SET jit = off
AS {body}
"""

_BODY = """
#variable_conflict use_column
DECLARE
    slugs text[];
    parts text[];
BEGIN
    SELECT array_agg(one.slug), array_agg(one.part) INTO slugs, parts
    FROM (
        SELECT province.schema_name AS slug,
               string_agg(format(probe.statement, province.schema_name, probe.what), ' UNION ALL ') AS part
        FROM {public}.tenants_province province
        CROSS JOIN jsonb_to_recordset({probes}) AS probe (what text, statement text, tables text[])
        WHERE province.state <> ALL ({at_rest}) AND province.schema_name <> {own}
          AND cardinality(probe.tables) = (
              SELECT count(*)
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = province.schema_name AND c.relname = ANY (probe.tables) AND c.relkind = 'r'
          )
        GROUP BY province.schema_name
    ) one;
    IF slugs IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        RETURN QUERY EXECUTE array_to_string(parts, ' UNION ALL ');
        RETURN;
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    -- One province in trouble must not hide the others.
    FOR place IN 1 .. cardinality(slugs) LOOP
        BEGIN
            RETURN QUERY EXECUTE parts[place];
        EXCEPTION WHEN OTHERS THEN
            RAISE LOG 'waiting_in_provinces: %, %', slugs[place], SQLSTATE;
            RETURN QUERY SELECT slugs[place], {unreadable}, NULL::bigint, NULL::timestamptz;
        END;
    END LOOP;
END
"""
