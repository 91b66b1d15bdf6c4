"""The relay: carries what the outbox holds to the channels. Two doors to the engine, and the house-keeping."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from messaging.accounts.credentials import Renewals, longest
from messaging.delivery import lane_loop
from messaging.delivery.worker import Engine
from messaging.event_log import note_failure
from messaging.lanes.lanes import due_lanes
from messaging.relay.housekeeping import tidy
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

# How often all provinces are looked through for lanes that have something due.
LOOK_EVERY = 1.0
LOOK_SOON = 0.05
TIDY_EVERY = 20.0
AFTER_ERROR = 2.0
LONGEST_TURN = 0.25
LANES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did. `taken`: it held the lane; `more`: it stopped with work left."""

    lane_id: int
    taken: bool
    settled: int = 0
    lost: int = 0
    more: bool = False


def run_lane(lane_id: int, *, seconds: float = 2.0) -> Report:
    """Send what is due in this lane of the current province, claiming for `seconds`.

    Does nothing when another relay holds the lane, it rests or it is paused. Must not be called inside a
    transaction. Ends at most one time-out of the channel after `seconds`.
    """
    if settings.DELIVERY_LOOP == "lane":
        return _work(lane_id, seconds)
    engine = Engine()
    try:
        report, found_nothing = _run(engine, lane_id, seconds)
        if report.more and found_nothing:
            # What was written while the lane was held has given no hint; a second look finds it.
            report, found_nothing = _run(engine, lane_id, seconds)
        # Where nothing could be taken again, more hints would only spin: the sweep comes by.
        return replace(report, more=False) if found_nothing else report
    finally:
        engine.end()


def _run(engine: Engine, lane_id: int, seconds: float) -> tuple[Report, bool]:
    """One run, and whether it had time and found nothing to take."""
    run = engine.start(current_province(), lane_id, seconds=seconds)
    if run is None:
        return Report(lane_id, taken=False), False
    while not engine.idle:
        engine.turn(LONGEST_TURN)
    report = Report(lane_id, True, run.settled, run.lost, more=lane_id in due_lanes())
    return report, run.claimed == 0 and not run.until_passed


def _work(lane_id: int, seconds: float) -> Report:
    done = lane_loop.work_lane(lane_id, seconds=seconds)
    if done.taken and not done.claimed and lane_id in due_lanes():
        # Messages written while the lane was held woke no worker.
        done = lane_loop.work_lane(lane_id, seconds=seconds)
    # Where nothing could be claimed another wake-up would only spin: the sweep comes by.
    more = bool(done.claimed or done.stopped) and lane_id in due_lanes()
    return Report(lane_id, done.taken, done.settled, done.lost, more)


@dataclass(frozen=True, slots=True)
class Beat:
    """The provinces of one relay. Both enter each province in turn."""

    with_work: Callable[[], Iterable[ProvinceRecord]]
    each: Callable[[], Iterable[ProvinceRecord]]


def serve(beat: Beat, stop: threading.Event, *, until_empty: bool = False) -> tuple[int, int]:
    """Work on all lanes of the provinces until `stop`, many at once; needs the database and nothing else.

    A database that is away is waited for. `until_empty`: end when nothing is due. Returns how many messages
    were settled and how often a province was in trouble.
    """
    if settings.DELIVERY_LOOP == "lane":
        return _serve_lanes(beat, stop, until_empty=until_empty)
    engine, renewals = Engine(isolates=True), Renewals()
    troubles = 0
    look_at = tidy_at = 0.0
    try:
        while not stop.is_set():
            if time.monotonic() >= tidy_at:
                troubles += _in_each(beat.each, stop, lambda province: (tidy(), renewals.begin()))
                tidy_at = time.monotonic() + TIDY_EVERY
            if time.monotonic() >= look_at:
                if engine.idle and not until_empty:
                    close_old_connections()
                failed = _in_each(beat.with_work, stop, lambda province: _begin(engine, province))
                troubles += failed
                look_at = time.monotonic() + (AFTER_ERROR if failed else LOOK_EVERY)
                if until_empty and engine.idle:
                    break
            renewals.collect()
            if engine.idle:
                stop.wait(max(look_at - time.monotonic(), 0.01))
            else:
                working = len(engine.runs)
                engine.turn(LONGEST_TURN)
                if len(engine.runs) < working:
                    # What was written while a lane was held met a closed door: look again soon.
                    look_at = min(look_at, time.monotonic() + LOOK_SOON)
        engine.close()
        while not engine.idle:
            engine.turn(LONGEST_TURN)
    finally:
        renewals.end()
        engine.end()
    return engine.settled, troubles


def _serve_lanes(beat: Beat, stop: threading.Event, *, until_empty: bool) -> tuple[int, int]:
    """`serve` with a thread, and a connection of its own, for each lane at work."""
    renewals, pool = Renewals(), ThreadPoolExecutor(LANES_AT_ONCE, thread_name_prefix="lane")
    going: dict[tuple[str, int], Future[Report]] = {}
    drained: list[Report] = []
    settled = troubles = 0
    tidy_at = 0.0

    def work(province: ProvinceRecord, lane_id: int) -> Report:
        close_old_connections()
        with province_context(province):
            try:
                return run_lane(lane_id, seconds=lane_loop.TURN_SECONDS)
            finally:
                connection.close()

    def begin(province: ProvinceRecord) -> None:
        for lane_id in due_lanes():
            if until_empty:
                drained.append(run_lane(lane_id, seconds=lane_loop.TURN_SECONDS))
            elif (province.slug, lane_id) not in going:
                going[province.slug, lane_id] = pool.submit(work, province, lane_id)

    try:
        while not stop.is_set():
            if not until_empty:
                close_old_connections()
            if time.monotonic() >= tidy_at:
                troubles += _in_each(beat.each, stop, lambda province: (tidy(), renewals.begin()))
                tidy_at = time.monotonic() + TIDY_EVERY
            failed = _in_each(beat.with_work, stop, begin)
            troubles += failed
            renewals.collect()
            if until_empty:
                if not any(report.taken for report in drained):
                    break
                settled += sum(report.settled for report in drained)
                drained.clear()
                continue
            look_at = time.monotonic() + (AFTER_ERROR if failed else LOOK_EVERY)
            while time.monotonic() < look_at and not stop.is_set():
                if not going:
                    stop.wait(max(look_at - time.monotonic(), 0))
                    break
                wait(going.values(), LOOK_SOON, FIRST_COMPLETED)
                for key in [key for key, one in going.items() if one.done()]:
                    try:
                        report = going.pop(key).result()
                        settled += report.settled
                        if report.more:
                            look_at = 0.0
                    except Exception:
                        troubles += note_failure("relay", key[0])
    finally:
        lane_loop.stop_all.set()
        pool.shutdown()
        lane_loop.wait_for_stragglers(longest().total_seconds())
        lane_loop.stop_all.clear()
        renewals.end()
    return settled, troubles


def _begin(engine: Engine, province: ProvinceRecord) -> None:
    for lane_id in due_lanes():
        if not engine.holds(province.slug, lane_id):
            engine.start(province, lane_id)


def _in_each(
    provinces: Callable[[], Iterable[ProvinceRecord]],
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


__all__ = ["Beat", "Report", "due_lanes", "run_lane", "serve"]
