"""The relay: one process that runs the lanes of all provinces, and the house-keeping."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from messaging.channels.accounts import credentials
from messaging.delivery import lane_loop
from messaging.delivery.lane_loop import Report, run_lane
from messaging.delivery.relay.housekeeping import tidy
from messaging.outbox.due_lanes import due_lanes
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.telemetry import note_failure

log = logging.getLogger(__name__)

# How often all provinces are looked through for lanes that have something due.
LOOK_EVERY = 1.0
LOOK_SOON = 0.05
TIDY_EVERY = 20.0
AFTER_ERROR = 2.0
LANES_AT_ONCE = 16
RENEWALS_AT_ONCE = 4
# Longer than a task of the queue has: each turn ends with a moment in which only its last attempts are on their way.
TURN_SECONDS = 5.0


Provinces = Callable[[], Iterable[ProvinceRecord]]
"""Enters each of some provinces in turn."""


def serve(
    with_work: Provinces, each: Provinces, stop: threading.Event, *, until_empty: bool = False
) -> tuple[int, int]:
    """Work on all lanes of these provinces until `stop`, many at once; needs the database and nothing else.

    A database that is away is waited for. `until_empty`: one lane after the other, until nothing is due. Returns how
    many messages were settled and how often a province was in trouble.
    """
    return (_drain if until_empty else _work)(with_work, each, stop)


def _drain(with_work: Provinces, each: Provinces, stop: threading.Event) -> tuple[int, int]:
    reports: list[Report] = []
    troubles = _in_each(each, stop, lambda province: (tidy(), credentials.renew_due()))
    settled, taken = 0, True
    while taken:
        reports.clear()
        troubles += _in_each(
            with_work,
            stop,
            lambda province: reports.extend(run_lane(lane_id) for lane_id in due_lanes()),
        )
        # Slow attempts are recorded by threads that end with this process.
        lane_loop.wait_for_stragglers()
        settled += sum(report.settled for report in reports)
        # A lane may have something due that it cannot claim now, such as a broadcast over its budget.
        taken = any(report.claimed or report.more for report in reports)
    return settled, troubles


def _work(with_work: Provinces, each: Provinces, stop: threading.Event) -> tuple[int, int]:
    """A thread, with a connection of its own, for each lane at work and for each province that renews."""
    pool = ThreadPoolExecutor(LANES_AT_ONCE, thread_name_prefix="lane")
    renewing = ThreadPoolExecutor(RENEWALS_AT_ONCE, thread_name_prefix="renew")
    going: dict[tuple[str, int], Future[Report]] = {}
    settled = troubles = 0
    tidy_at = 0.0

    def begin(province: ProvinceRecord) -> None:
        for lane_id in due_lanes():
            if (province.slug, lane_id) not in going:
                run = partial(run_lane, lane_id, seconds=TURN_SECONDS)
                going[province.slug, lane_id] = pool.submit(_in_thread, province, run)

    def see_to(province: ProvinceRecord) -> None:
        tidy()
        if credentials.due():
            renewing.submit(_renew_in_thread, province)

    try:
        while not stop.is_set():
            close_old_connections()
            if time.monotonic() >= tidy_at:
                troubles += _in_each(each, stop, see_to)
                tidy_at = time.monotonic() + TIDY_EVERY
            failed = _in_each(with_work, stop, begin)
            troubles += failed
            look_at = time.monotonic() + (AFTER_ERROR if failed else LOOK_EVERY)
            while going and time.monotonic() < look_at and not stop.is_set():
                wait(going.values(), LOOK_SOON, FIRST_COMPLETED)
                for key in [key for key, one in going.items() if one.done()]:
                    try:
                        report = going.pop(key).result()
                        settled += report.settled
                        if report.more:
                            look_at = 0.0
                    except Exception:
                        troubles += note_failure("relay", key[0])
            stop.wait(max(look_at - time.monotonic(), 0))
    finally:
        lane_loop.stop_all.set()
        pool.shutdown()
        # An answer on its way is waited for: thrown away it would be lost for good.
        renewing.shutdown(cancel_futures=True)
        lane_loop.wait_for_stragglers()
        lane_loop.stop_all.clear()
    return settled, troubles


def _in_thread[T](province: ProvinceRecord, work: Callable[[], T]) -> T:
    close_old_connections()
    with province_context(province):
        try:
            return work()
        finally:
            connection.close()


def _renew_in_thread(province: ProvinceRecord) -> None:
    try:
        _in_thread(province, credentials.renew_due)
    except Exception:
        note_failure("relay", province.slug)


def _in_each(
    provinces: Provinces,
    stop: threading.Event,
    work: Callable[[ProvinceRecord], object],
) -> int:
    """Do `work` in each of the provinces; how many were in trouble. One in trouble does not stop the others."""
    failed = 0
    try:
        for province in provinces():
            if stop.is_set():
                break
            try:
                work(province)
            except Exception:
                failed += note_failure("relay", province.slug)
    except (DatabaseError, InterfaceError):
        log.exception("relay: the database does not answer")
        connection.close()
        failed += 1
    return failed
