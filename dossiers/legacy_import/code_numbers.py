"""Numbers of dossier codes for history: what came with its own number, and what gets one of ours."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from dossiers.legacy_import.rows.records import Record
from dossiers.models import DailyCounter
from dossiers.rules.codes import format_dossier_code
from tenants import clock
from tenants.organisation.models import Agency

_Key = tuple[int, date]


class Numbers:
    """Hands out codes past all numbers that were given already or come along in a batch.

    Counters of past days are raised when the batch is over. Today's are held from `hold_today` on, and
    receipts at those agencies wait until the transaction ends: call it late.
    """

    def __init__(self, agencies: Iterable[Agency], records: Iterable[Record]) -> None:
        self._by_code = {agency.code: agency for agency in agencies}
        self._last: dict[_Key, int] = {}
        for record in records:
            key, number = self._place(record)
            # A code under an agency that we do not count for can clash with nothing of ours.
            if key[0]:
                self._last[key] = max(self._last.get(key, 0), number)
        days = {day for _, day in self._last}
        for agency_id, day, last in DailyCounter.objects.filter(day__in=days).values_list(
            "agency_id", "day", "last"
        ):
            if (agency_id, day) in self._last:
                self._last[agency_id, day] = max(self._last[agency_id, day], last)

    def code_for(self, record: Record) -> str:
        """The record's own code, or the next one of its receiving agency on the day of receipt."""
        if record.code:
            return record.code
        key, _number = self._place(record)
        self._last[key] += 1
        return format_dossier_code(record.intake.receiving_agency, key[1], self._last[key])

    def is_of_today(self, record: Record) -> bool:
        """Whether its number is one that receipts at a desk may be given at this moment."""
        return self._place(record)[0][1] >= clock.today()

    def hold_today(self) -> None:
        """Lock the counters of today and take account of what they reached meanwhile."""
        self._raise(key for key in list(self._last) if key[1] >= clock.today())

    def write(self) -> None:
        """Raise every counter to the last number given."""
        self._raise(list(self._last))

    def _place(self, record: Record) -> tuple[_Key, int]:
        """Whose number it is, of which day, and which; agency 0 when it is none of ours, number 0 when one is
        still to be given."""
        if record.code:
            agency_code, day, number = record.code.rsplit("-", 2)
            known = self._by_code.get(agency_code)
            made_on = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
            return (known.pk if known else 0, made_on), int(number)
        agency = self._by_code[record.intake.receiving_agency]
        return (agency.pk, record.received_at.astimezone(clock.VIETNAM).date()), 0

    def _raise(self, keys: Iterable[_Key]) -> None:
        # In one order everywhere, so that two batches cannot wait for each other.
        rows = [(*key, self._last[key]) for key in sorted(keys)]
        if not rows:
            return
        table = connection.ops.quote_name(DailyCounter._meta.db_table)
        agencies, days, numbers = zip(*rows, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (agency_id, day, last) "  # noqa: S608 – a constant name
                "SELECT * FROM unnest(%s::bigint[], %s::date[], %s::int[]) "
                f"ON CONFLICT (agency_id, day) DO UPDATE SET last = GREATEST({table}.last, excluded.last) "
                "RETURNING agency_id, day, last",
                [list(agencies), list(days), list(numbers)],
            )
            for agency_id, day, last in cursor.fetchall():
                self._last[agency_id, day] = last
