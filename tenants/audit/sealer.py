"""The log of a province: each row of a sealed table gets a position in the order of commits, and a seal.

A trigger lets each new row wait in `Unsealed`, in the transaction that writes it. Every second `seal` moves what has been
committed into `Seal`. A seal is sha256 over the one before it and the row's own text, made in the database.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.audit.models import Seal, Unsealed
from tenants.isolation.append_only import TableOperation
from tenants.isolation.backend import connection
from tenants.isolation.context import public_context

UNSEALED = "audit.unsealed"
"""The name of what waits, see `settings.DUE_WORK`."""
sealed = Signal()
"""Rows of the province `slug` have got their positions, and all may see them."""
AT_ONCE = 1000
"""As in `sealer.sql`."""
_FUNCTION = (Path(__file__).parent / "sealer.sql").read_text(encoding="utf-8")
_GRANTS = (
    "REVOKE ALL ON FUNCTION public.seal_log(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION public.seal_log(text) TO {runtime}",
)
_WAIT = """
CREATE OR REPLACE FUNCTION wait_for_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.audit_unsealed (source, row_id, since) '
        'SELECT $1, id, statement_timestamp() FROM added ORDER BY id', TG_TABLE_SCHEMA) USING TG_TABLE_NAME;
    RETURN NULL;
END $$
"""
_TRIGGER = (
    "CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION wait_for_seal()"
)
# As `seal_log` makes them: the last seal before it, position, table, row, and the row as it stands now.
_BROKEN = """
SELECT min(chain.id), count(*) FROM (
    SELECT *, lag(seal) OVER (ORDER BY id) AS before FROM audit_seal
) chain LEFT JOIN {table} t ON t.id = chain.row_id AND chain.source = {source}
WHERE chain.source IN ({source}, '') AND chain.seal <> encode(sha256(convert_to(concat_ws(' ', chain.before, chain.id,
    chain.source, chain.row_id, jsonb_strip_nulls(to_jsonb(t))::text), 'UTF8')), 'hex')
"""
_WITHOUT = """
SELECT count(*) FROM {table} t WHERE NOT EXISTS (SELECT FROM audit_seal WHERE source = {source} AND row_id = t.id)
AND NOT EXISTS (SELECT FROM audit_unsealed WHERE source = {source} AND row_id = t.id)
"""


class Sealed(TableOperation):
    """A migration operation: each row that is added to this table from now on gets its place in the log."""

    def __init__(self, table: str) -> None:
        self.table, self.tables = table, ("audit_unsealed", table)

    def statements(self, schema: str) -> Iterator[sql.Composable]:
        yield sql.SQL(_WAIT)
        name = sql.Identifier(f"{self.table}_sealed")
        yield sql.SQL(_TRIGGER).format(name=name, table=sql.Identifier(self.table))


def install(sender: Any, schema_name: str, **kwargs: Any) -> None:
    """Receiver of `schema_migrated`: the function that seals, for the runtime login alone."""
    if schema_name == get_public_schema_name():
        with connection.cursor() as cursor:
            cursor.execute(_FUNCTION)
            for grant in _GRANTS:
                cursor.execute(sql.SQL(grant).format(runtime=sql.Identifier(settings.DATABASE_RUNTIME_USER)))


def hold(slug: str) -> None:
    """Let no other process seal in this province until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit.seal:{slug}"])


def seal(slug: str, seconds: float = 0.25) -> int:
    """Seal what waits in this province; how many rows got a position. 0 also while another process does it.

    Begins nothing new after so many seconds: where many rows came in together, the next call goes on.
    """
    until, total, given = time.monotonic() + seconds, 0, AT_ONCE
    with public_context(), connection.cursor() as cursor:
        while given == AT_ONCE and (not total or time.monotonic() < until):
            cursor.execute("SELECT public.seal_log(%s)", [slug])
            (given,) = cursor.fetchone()
            total += given
    if total:
        # Who is woken by it must hold up neither the seal nor what comes after it.
        sealed.send_robust(sender=None, slug=slug)
    return total


def head() -> int:
    """The last position in the log of the present province, 0 where it is empty. One statement."""
    return Seal.objects.aggregate(last=Max("position"))["last"] or 0


def waiting_seconds() -> float:
    """How long the oldest row of the present province has waited for its position, by the database's clock."""
    waited = Unsealed.objects.aggregate(longest=Now() - Min("since"))["longest"]
    return waited.total_seconds() if waited else 0.0


def find_broken(tables: Iterable[str]) -> Iterator[str]:
    """What the seals of these tables of the present province do not bear out, in Vietnamese sentences."""
    with connection.cursor() as cursor:
        for table in tables:
            names = {"table": sql.Identifier(table), "source": sql.Literal(table)}
            cursor.execute(sql.SQL(_BROKEN).format(**names))
            first, count = cursor.fetchone()
            if count:
                text = _("%(table)s: %(count)d dòng không khớp niêm của mình, đầu tiên ở vị trí %(first)d.")
                yield text % {"table": table, "count": count, "first": first}
            cursor.execute(sql.SQL(_WITHOUT).format(**names))
            (count,) = cursor.fetchone()
            if count:
                yield _("%(table)s: %(count)d dòng không có trong sổ vị trí.") % {
                    "table": table,
                    "count": count,
                }
