"""Rows of a table as a queue: claimed under a lease, those of a reader in order, accounts and readers by turns."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db import connection

# By hand: a claim costs each row that waits, and Django would take five statements to say it.
_CLAIM = """
WITH taken AS MATERIALIZED (
    SELECT id FROM {table} AS mine
    WHERE {waits} AND {due} <= statement_timestamp() AND channel = %s AND account = %s AND {reader} = %s
        AND (NOT %s OR {together} AND tries = 0)
        AND ({reader}::text = '' OR NOT EXISTS (
            SELECT FROM {table} AS older
            WHERE {waits} AND {holds} AND older.{reader} = mine.{reader} AND older.channel = mine.channel
                AND older.account = mine.account AND older.id < mine.id))
    ORDER BY {due}, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE {table} AS mine
SET tries = tries + 1, {due} = statement_timestamp() + make_interval(secs => %s)
FROM taken WHERE mine.id = taken.id
RETURNING mine.id, channel, account, {since}, tries, {together} AND tries = 1
"""
_PLACES = """
SELECT channel, account, {reader}, min(CASE WHEN {patient} THEN 1 ELSE 0 END), min(id) FROM {table}
WHERE {waits} AND {due} <= statement_timestamp() GROUP BY channel, account, {reader}
"""
_PENDING = "SELECT EXISTS (SELECT FROM {table} WHERE {waits} AND {due} <= statement_timestamp())"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row claimed by this process, valid as long as no other process has tried it since (`tries`)."""

    id: int
    channel: str
    account: str
    since: datetime
    tries: int


@dataclass(frozen=True)
class PostgresQueue:
    """A table with `channel`, `account` and `tries`. `due`: the column of the next try; `reader`: that of the reader,
    "" for none; `since`: that of the row's beginning. `lease`: longer than a worker may live.

    The others are SQL conditions. `waits`: the row is not done. `holds`: younger rows of its reader wait for it.
    `patient`: it comes after the others. `together`: up to `at_once` such rows, tried for the first time and of no
    reader, are claimed at once.
    """

    table: str
    due: str
    reader: str
    since: str
    lease: timedelta
    waits: str
    holds: str
    patient: str = "false"
    together: str = "false"
    at_once: int = 1

    def has_pending(self) -> bool:
        """Whether the current province has a row to work on now."""
        return bool(self._rows(_PENDING)[0][0])

    def claim_fairly(self, limit: int, seconds: float) -> Iterator[list[Claimed]]:
        """Claim up to `limit` rows for `seconds`, one account after the other, and within an account one reader after
        the other. Readers without a turn so far come first in the next round, also those that came meanwhile.
        """
        until = time.monotonic() + seconds
        served: dict[tuple[Any, ...], int] = {}
        turn, done, taken = 0, 0, True
        while taken:
            taken = False
            # One query for a whole round: a query for every row costs more than its processing.
            places: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
            for row in sorted(self._rows(_PLACES), key=lambda one: (served.get(one[:3], 0), *one[3:])):
                places.setdefault(row[:2], []).append(row)
            accounts = sorted(places.values(), key=lambda one: served.get(one[0][:2], 0))
            for row in (row for rows in zip_longest(*accounts) for row in rows if row is not None):
                channel, account, reader = row[:3]
                if not (claimed := self.claim(channel, account, reader, limit - done)):
                    continue
                taken = True
                turn += 1
                served[row[:2]] = served[row[:3]] = turn
                yield claimed
                done += len(claimed)
                if done >= limit or time.monotonic() >= until:
                    return

    def claim(self, channel: str, account: str, reader: Any, most: int = 1) -> list[Claimed]:
        """Claim the row that is due for longest, and up to `most` that may go together with it.

        The try counts before it is made, so that a row that kills its worker is given up; a retried row is claimed
        alone, so that it takes no others along.
        """
        place = [channel, account, reader]
        rows = self._rows(_CLAIM, [*place, False, 1, self.lease.total_seconds()])
        if rows and rows[0][-1] and reader == "" and (more := min(most, self.at_once) - 1) > 0:
            rows += self._rows(_CLAIM, [*place, True, more, self.lease.total_seconds()])
        return [Claimed(*row[:-1]) for row in rows]

    def _rows(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.format_map(vars(self)), values)
            return sorted(cursor.fetchall())
