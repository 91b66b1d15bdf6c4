"""Others are at work at the same moment: one holds rows, as a worker that is at them does, or several act at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.faults.processes import wait_until

PATIENCE = 20


@contextmanager
def held_elsewhere(record: ProvinceRecord, rows: QuerySet[Any]) -> Iterator[None]:
    """Inside the block another connection has locked these rows; who waits for them longer than a moment fails."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with province_context(record), transaction.atomic():
            list(rows.select_for_update())
            held.set()
            done.wait(PATIENCE)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(PATIENCE)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        done.set()
        other.join()


def at_once(province: Any, *works: Callable[[], Any]) -> list[Exception]:
    """Do these works in this committed province, each in a thread of its own; what they raised."""
    failed: list[Exception] = []

    def do(work: Callable[[], Any]) -> None:
        try:
            with province_context(province.record):
                work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[work]) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return failed


def wait_for_locks(count: int) -> None:
    """Until so many connections wait for a lock."""

    def are_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return int(cursor.fetchone()[0]) >= count

    wait_until(are_waiting, PATIENCE, f"{count} wait for a lock", every=0.02)
