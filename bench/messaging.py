"""How fast messages leave: one lane alone, against the arithmetic limit of a slow provider, and from the act on a
dossier to the provider's yes."""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench import Figure, Ground, Stage

ROUNDS = 5
EACH = int(os.environ.get("MESSAGES", "4000"))
# Three times what the largest provider takes from one App.
LANE_RATE = 200

LANES = 10
# 100 messages a second at this latency, half as much again as the largest provider takes from one App.
IN_FLIGHT = 4
LATENCY = 0.4
SLOW_SECONDS = 20
OF_THE_LIMIT = 0.8

RATE = 50
ACTS_SECONDS = int(os.environ.get("ACTS_SECONDS", "40"))
# While processes fill their caches and connect; an installation does so once a day.
WARM_SECONDS = 5
PROMISE_SECONDS = 1.0


def measure(stage: Stage) -> Iterable[Figure]:
    with tempfile.TemporaryDirectory() as name, quiet_log(Path(name)):
        folder = Path(name)
        yield from _one_lane(stage, folder)
        yield from _with_a_slow_provider(stage, folder)
        yield from _from_act_to_acceptance(stage, folder)


def _one_lane(stage: Stage, folder: Path) -> Iterable[Figure]:
    """A provider that answers at once."""
    from bench.traffic import outbox
    from messaging.delivery.lane_loop import run_lane
    from tests.simulators.sms.process import FakeProvider

    def drain(lane_id: int) -> float:
        started = time.perf_counter()
        settled = 0
        while (report := run_lane(lane_id)).settled:
            settled += report.settled
        assert settled == EACH, f"{settled} of {EACH} were settled"
        return EACH / (time.perf_counter() - started)

    with FakeProvider(folder / "fast.jsonl") as provider, stage.province():
        outbox.connect(provider.port)
        lane = outbox.lane(provider.url)
        stage.say(f"{EACH} messages, {ROUNDS} times")
        rates = []
        for turn in range(ROUNDS + 1):
            outbox.fill(lane, EACH)
            ours = drain(lane.pk)
            if turn:  # the first is for warming up
                rates.append(ours)
                stage.say(f"{ours:.0f}/s")
    yield Figure("one lane", statistics.median(rates), "1/s", bound=LANE_RATE)


def _with_a_slow_provider(stage: Stage, folder: Path) -> Iterable[Figure]:
    """Ten provinces with a lane each; the limit is lanes × in flight / latency."""
    from bench.traffic import outbox
    from messaging.delivery.relay import process, sweep
    from tenants.isolation.context import each_province, province_context
    from tests.simulators.sms.process import FakeProvider

    limit = LANES * IN_FLIGHT / LATENCY
    each = int(limit * SLOW_SECONDS / LANES)
    with FakeProvider(folder / "slow.jsonl") as provider, ExitStack() as stack:
        channel = outbox.connect(provider.port)
        stack.callback(setattr, channel, "capabilities", channel.capabilities)
        channel.capabilities = replace(channel.capabilities, concurrency=IN_FLIGHT)
        provider.control(latency=LATENCY)
        stage.say(
            f"{LANES} provinces, {IN_FLIGHT} in flight each, {1000 * LATENCY:.0f} ms: {each} messages each"
        )
        records = [stack.enter_context(stage.province(f"tinh{number}")).record for number in range(LANES)]
        for record in records:
            with province_context(record):
                outbox.fill(outbox.lane(provider.url), each)
        started = time.perf_counter()
        stop, look = threading.Event(), partial(sweep.with_work, partial(sweep.go_on_with, "broadcasts"))
        relay = threading.Thread(target=process.serve, args=(look, each_province, stop))
        relay.start()
        while (settled := len(provider.lines())) < each * LANES and relay.is_alive():
            time.sleep(0.2)
        seconds = time.perf_counter() - started
        stop.set()
        relay.join()
    yield Figure("ten slow lanes", settled / seconds, "1/s")
    yield Figure("ten slow lanes / limit", settled / seconds / limit, "ratio", bound=OF_THE_LIMIT)


def _from_act_to_acceptance(stage: Stage, folder: Path) -> Iterable[Figure]:
    """A desk at work, worker, beat and relay as in an installation, a disk that is waited for."""
    from bench.traffic import outbox, processes
    from bench.traffic.durable import durable_database
    from tests.simulators.sms.process import FakeProvider

    with FakeProvider(folder / "acts.jsonl") as provider, durable_database(), stage.province() as ground:
        outbox.connect(provider.port)
        outbox.lane(provider.url)
        office = ground.office
        asked = {
            "rate": RATE,
            "seconds": ACTS_SECONDS,
            "clerk": office.clerk.username,
            "specialist": office.specialist.username,
            "procedure": office.procedure.code,
            "desks": desks(ground),
            "department": office.department.code,
        }
        with processes.installation(folder, provider.address) as environ:
            stage.say(f"{RATE} acts a second for {ACTS_SECONDS} seconds")
            told = processes.acts(environ, ground.record.slug, asked)
            waits, left = _waits()
    assert left == 0, f"{left} messages were not accepted in time"
    yield Figure("acts", told["acts"] / told["seconds"], "1/s", bound=0.98 * RATE)
    yield Figure("messages accepted", len(waits), "rows")
    yield Figure("from not_before to accepted, median", statistics.median(waits), "s")
    hundredths = statistics.quantiles(waits, n=100)
    yield Figure("from not_before to accepted, p99", hundredths[98], "s")
    yield Figure(
        "from not_before to accepted, p95", hundredths[94], "s", bound=PROMISE_SECONDS, better="less"
    )


def desks(ground: Ground) -> list[str]:
    """Desks at which the clerk may take dossiers in."""
    from tenants.organisation.models import Assignment, Role

    desks = [agency for agency in ground.agencies if agency.is_desk]
    for desk in desks:
        Assignment.objects.create(user=ground.office.clerk, agency=desk, role=Role.CLERK)
    return [desk.code for desk in desks]


def _waits() -> tuple[list[float], int]:
    """Seconds from `not_before` to `accepted_at` of all messages but those of the first seconds, and how many
    are not accepted half a minute after the last act."""
    from django.db.models import F, Min

    from messaging.channels.states import LIVE
    from messaging.outbox.models.messages import Message

    deadline = time.monotonic() + 30
    while (left := Message.objects.filter(state__in=LIVE).count()) and time.monotonic() < deadline:
        time.sleep(0.2)
    first: Any = Message.objects.aggregate(first=Min("not_before"))["first"]
    counted = Message.objects.filter(not_before__gte=first + timedelta(seconds=WARM_SECONDS))
    counted = counted.filter(accepted_at__isnull=False)
    waits = counted.annotate(wait=F("accepted_at") - F("not_before")).values_list("wait", flat=True)
    return [wait.total_seconds() for wait in waits], left


@contextmanager
def quiet_log(folder: Path) -> Iterator[None]:
    """The log is written as always, but into a file."""
    import logging

    with (folder / "log").open("w", encoding="utf-8") as file:
        moved = [
            (handler, handler.setStream(file))
            for handler in logging.getLogger().handlers
            if isinstance(handler, logging.StreamHandler)
        ]
        try:
            yield
        finally:
            for handler, stream in moved:
                handler.setStream(stream)
