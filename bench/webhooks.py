"""How fast callbacks are answered while nothing behind the web server works: no worker, no beat, no relay, and no
Valkey. The pretended Zalo posts two hundred events a second and notes how long each answer took."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import Figure, Stage

RATE = 200
SECONDS = int(os.environ.get("WEBHOOK_SECONDS", "20"))
# Of so many in a hundred a second copy comes: they are stored once all the same.
REPEATED = 0.05
# Zalo gives up after so long; a message it could not tell is lost.
PROMISE_SECONDS = 2.0
# More than can be under way at this pace and patience: nothing waits for its turn before it is posted.
AT_ONCE = 1000
WARM = 50


def measure(stage: Stage) -> Iterable[Figure]:
    from bench.traffic import callbacks
    from bench.traffic.durable import durable_database
    from messaging.inbound import receive

    with tempfile.TemporaryDirectory() as name, durable_database(), stage.province():
        with callbacks.door(Path(name), at_once=AT_ONCE) as door:
            door.post(WARM, per_second=25)
            stage.say(f"{RATE} events a second for {SECONDS} seconds, Valkey away")
            door.zalo.control.fault("duplicate", probability=REPEATED)
            told = door.post(RATE * SECONDS, per_second=RATE)
        stored = _stored()
        started = time.perf_counter()
        dealt_with = 0
        while done := receive.process_pending(500, seconds=60):
            dealt_with += done
        seconds = time.perf_counter() - started
        left = _left()
    answered = [one["seconds"] for one in told]
    good = sum(one["answer"] == "200" for one in told)
    hundredths = statistics.quantiles(answered, n=100)
    span = max(one["mono"] for one in told) - min(one["mono"] for one in told)
    events = RATE * SECONDS
    yield Figure("callbacks posted", len(told) / span, "1/s", bound=0.95 * RATE)
    yield Figure("callbacks answered 200", good / len(told), "part", bound=1.0)
    yield Figure("answer, median", statistics.median(answered), "s")
    yield Figure("answer, p99", hundredths[98], "s", bound=PROMISE_SECONDS, better="less")
    yield Figure("answer, slowest", max(answered), "s")
    yield Figure("events stored / told", stored / (events + WARM), "part", bound=1.0)
    yield Figure("events stored twice", max(stored - events - WARM, 0), "rows", bound=0, better="less")
    yield Figure("events not dealt with afterwards", left, "rows", bound=0, better="less")
    yield Figure("events worked off by one process", dealt_with / seconds, "1/s")


def _stored() -> int:
    from messaging.inbound.models import WebhookEvent

    return WebhookEvent.objects.count()


def _left() -> int:
    from messaging.inbound.models import WebhookEvent

    return WebhookEvent.objects.exclude(state__in=_DEALT_WITH).count()


_DEALT_WITH: Any = ("done", "ignored")
