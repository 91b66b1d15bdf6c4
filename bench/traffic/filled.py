"""A province with as many dossiers as wanted, written by SQL in minutes; everything in them is invented."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bench.stage import Ground
from tenants.isolation.context import province_context
from tests.provinces import as_owner

DAYS = 365
PEOPLE_PER_DOSSIER = 0.2
OPEN_EACH = 20
"""Every dossier whose number this divides is still open."""
TOKEN = "do-toc-do-{}"
CODE = "H15.08-260101-1{:06d}"


def fill(ground: Ground, count: int, *, until: datetime) -> None:
    """Dossiers evenly over the year before `until`, each with an address, one in five with a person of its own.

    Two in ten were asked for papers, one in a hundred clicks was taken back, one in twenty is still open. Dossier n
    (from 1) is found by `token(n)` and `code(n)`.
    """
    from dossiers.lifecycle import access_links
    from dossiers.lifecycle.models import AccessToken, Dossier, Event, Party
    from tests.dossiers.histories import Act, History, write

    [template] = write(ground.office, [History(until, [Act(until, 4)])])
    event = Event.objects.get(dossier=template)
    address = access_links.make(template, AccessToken.Purpose.RECEIPT)
    address.save()
    agencies = ", ".join(str(agency.pk) for agency in ground.agencies)
    procedures = [(one.pk, one.current_version_id) for one in ground.procedures]
    agency = f"(ARRAY[{agencies}])[n %% {len(ground.agencies)} + 1]"
    people = max(1, int(count * PEOPLE_PER_DOSSIER))
    person = f"{template.owner_id} + 1 + n %% {people}"
    begin = until - timedelta(days=DAYS)
    received = f"timestamptz '{begin.isoformat()}' + n * interval '{DAYS} days' / {count}"
    is_open, due = f"n %% {OPEN_EACH} = 0", f"{received} + interval '15 days'"
    dossier = {
        "id": f"{template.pk} + n",
        "code": "'H15.08-260101-' || 1000000 + n",
        "channel": "(ARRAY['counter', 'online', 'online', 'post'])[n %% 4 + 1]",
        "owner_id": person,
        "submitter_id": person,
        "recipient_id": person,
        "competent_agency_id": agency,
        "holding_agency_id": agency,
        "procedure_id": _chosen([one for one, _version in procedures]),
        "procedure_version_id": _chosen([version for _procedure, version in procedures]),
        "status": f"CASE WHEN {is_open} THEN 4 ELSE 10 END",
        "step": f"CASE WHEN {is_open} THEN 'in_progress' ELSE 'returned' END",
        "received_at": received,
        "counted_from": received,
        "original_due_at": due,
        "due_at": due,
        "finished_at": f"CASE WHEN NOT {is_open} THEN {received} + interval '120 hours' * (1 + n %% 3) END",
        "closed_at": f"CASE WHEN NOT {is_open} THEN {received} + interval '150 hours' * (1 + n %% 3) END",
        "ended_at": f"CASE WHEN NOT {is_open} THEN {received} + interval '120 hours' * (1 + n %% 3) END",
        "pauses": f"CASE WHEN n %% 5 = 0 THEN ARRAY[{received} + interval '30 hours' * (1 + n %% 3),"
        f" {received} + interval '100 hours' * (1 + n %% 3)] ELSE '{{}}' END",
        "last_act_at": f"{received} + interval '1 hour' * CASE WHEN {is_open} THEN 100 ELSE 150 END * (1 + n %% 3)",
        "supplement_requests": "(n %% 5 = 0)::int",
        "last_sequence": f"CASE WHEN {is_open} THEN 4 ELSE 8 END",
    }
    with _at_speed(ground, "party", "dossier", "event", "accesstoken"):
        name = {"id": f"{template.owner_id} + n", "name": "'Nguyễn Thị Minh Họa ' || n"}
        _multiply(Party, template.owner_id, people, name | {"name_folded": "'nguyen thi minh hoa ' || n"})
        _multiply(Dossier, template.pk, count, dossier)
        for sequence, status, effect, hours, undoes, only in _STEPS:
            _multiply(
                Event,
                event.pk,
                count,
                {
                    "dossier_id": f"{template.pk} + n",
                    "sequence": str(sequence),
                    "kind": "'receive'" if sequence == 1 else "'move'",
                    "status": str(status),
                    "clock": f"'{effect}'",
                    "undoes": f"{undoes}::int",
                    "at": f"{received} + interval '{hours} hours' * (1 + n %% 3)",
                    "due_at": due,
                },
                only,
            )
        _multiply(
            AccessToken,
            address.pk,
            count,
            {
                "dossier_id": f"{template.pk} + n",
                "digest": f"encode(sha256(convert_to('{TOKEN.format('')}' || n, 'UTF8')), 'hex')",
            },
        )
    settle(ground)


_STEPS = (
    # sequence, status, clock, hours after the receipt, undoes, only for
    (1, 2, "none", 0, "NULL", "true"),
    (2, 4, "none", 4, "NULL", "true"),
    (3, 5, "pause", 30, "NULL", "n %% 5 = 0"),
    (4, 4, "restart", 100, "NULL", "n %% 5 = 0"),
    (5, 9, "close", 110, "NULL", "n %% 100 = 3"),
    (6, 4, "none", 111, "5", "n %% 100 = 3"),
    (7, 9, "close", 120, "NULL", "n %% 20 <> 0"),
    (8, 10, "close", 150, "NULL", "n %% 20 <> 0"),
)


def token(number: int) -> str:
    """The address of this dossier, as it stands in /h/<token>/."""
    return TOKEN.format(number)


def code(number: int) -> str:
    """The code of this dossier."""
    return f"H15.08-260101-{1_000_000 + number}"


def settle(ground: Ground) -> None:
    """What autovacuum does a minute after an import."""
    with as_owner(), province_context(ground.record), connection.cursor() as cursor:
        # Of this province alone: without names it would go through all schemas.
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [ground.record.schema_name])
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(name for (name,) in cursor.fetchall())}")


def _chosen(keys: "list[Any]") -> str:
    return f"(ARRAY[{', '.join(map(str, keys))}])[n * 7 %% {len(keys)} + 1]"


def _multiply(model: Any, original: int, count: int, changed: Mapping[str, str], only: str = "true") -> None:
    """Copies of a row in SQL, numbered by n; `changed` gives some columns as expressions."""
    table, fields = model._meta.db_table, model._meta.local_fields
    columns = [field.column for field in fields if field.column != "id" or "id" in changed]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} original, generate_series(1, {count}) n "
            f"WHERE original.id = %s AND {only}",
            [original],
        )


@contextmanager
def _at_speed(ground: Ground, *models: str) -> Iterator[None]:
    """Stand in the province as owner; foreign keys and indexes of these tables are made again after the block."""
    tables = [f"dossiers_{model}" for model in models]
    with as_owner(), province_context(ground.record), connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
            [tables],
        )
        keys = cursor.fetchall()
        cursor.execute(
            "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[])"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [tables],
        )
        indexes = cursor.fetchall()
        for table, name, _made in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _made in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name, made in indexes:
            cursor.execute(made)
        for table, name, made in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}')
