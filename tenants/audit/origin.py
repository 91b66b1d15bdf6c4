"""Time and account's name of an entry are the database's, whatever the client sent.

What that is worth, and what not: ADR 0055.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLE = "audit_auditentry"
TRIGGER = f"{TABLE}_origin"
# The clock at this row, not at the beginning of the transaction. An unknown account is an error.
BODY = """
BEGIN
    NEW.at := clock_timestamp();
    NEW.actor_name := '';
    IF NEW.actor_id IS NOT NULL THEN
        EXECUTE format('SELECT username FROM %I.accounts_user WHERE id = $1', TG_TABLE_SCHEMA)
            INTO STRICT NEW.actor_name USING NEW.actor_id;
    END IF;
    RETURN NEW;
END
"""


def statement() -> str:
    """What makes function and trigger, in schemas that have the table: not in `public`."""
    return f"""DO $make$ BEGIN IF to_regclass('{TABLE}') IS NOT NULL THEN
CREATE FUNCTION set_origin() RETURNS trigger LANGUAGE plpgsql AS $body${BODY}$body$;
CREATE TRIGGER {TRIGGER} BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION set_origin();
END IF; END $make$"""


def is_set(schema: str) -> bool:
    """Whether the trigger works in this schema, with the function that this code made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = to_regclass(%s) AND t.tgname = %s AND t.tgenabled IN ('O', 'A')",
            [f"{schema}.{TABLE}", TRIGGER],
        )
        return bool(cursor.fetchone() == (BODY,))


@contextmanager
def as_recorded() -> Iterator[None]:
    """Inside the block entries keep the time and name that they bring: for an import, by the tables' owner alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TRIGGER}")
        yield
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER {TRIGGER}")
