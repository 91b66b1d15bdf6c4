"""Dossier codes: one counter per agency and day."""

from datetime import date

from django.db import connection

from dossiers.models import DailyCounter
from dossiers.rules.codes import format_dossier_code
from tenants.organisation.models import Agency


def next_code(agency: Agency, day: date) -> str:
    """The next code of this agency on this day (QĐ 20/2020/QĐ-TTg; four digits, more when a day needs them).

    The counter row is locked until the caller's transaction ends, so parallel receipts at one agency stand
    in line, numbers have no holes, and two agencies never wait for each other.
    """
    table = connection.ops.quote_name(DailyCounter._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (agency_id, day, last) VALUES (%s, %s, 1) "  # noqa: S608 – a constant name
            f"ON CONFLICT (agency_id, day) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [agency.pk, day],
        )
        (number,) = cursor.fetchone()
    return format_dossier_code(agency.code, day, number)
