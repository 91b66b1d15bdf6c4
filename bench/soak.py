"""Twenty minutes at half of what the web server can do, while one province takes nearly all of it by turns.

The load as a whole stays half of the capacity: first all provinces ask evenly, then one asks for nine tenths of it. Who
lives in the others must not notice. The memory tells whether the server grows over the time. Run only where it is named.
"""

import os
import statistics
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from bench import Figure, Stage
from bench.traffic import filled, requests
from bench.traffic.web_server import Web, web_server
from bench.web import CONNECTIONS, Target, status_pages
from tenants import clock

PROVINCES, DOSSIERS = 8, 2_000
MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
TURN_SECONDS = 60.0
OF_CAPACITY, FLOOD = 0.5, 0.9
PATIENCE = 64
"""Connections of either side: a late answer does not keep the next request from being sent."""


def measure(stage: Stage) -> Iterable[Figure]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        slugs = [f"tinh{number}" for number in range(PROVINCES)]
        for slug in slugs:
            filled.fill(stack.enter_context(stage.province(slug)), DOSSIERS, until=clock.now())
        web = stack.enter_context(web_server(Path(name)))
        flooding, *others = [status_pages(slug, DOSSIERS) for slug in slugs]
        among_others = [one for pages in others for one in pages]
        everything = Target(web, flooding + among_others)
        everything.measure(10)
        capacity = everything.measure(20)["rate"]
        stage.say(f"{capacity:.0f}/s with {CONNECTIONS} connections; {MINUTES:g} minutes at half of it")
        load, before = OF_CAPACITY * capacity, web.memory()
        seconds = min(TURN_SECONDS, MINUTES * 30)
        calm, flooded = [], []
        for turn in range(max(2, round(MINUTES * 60 / seconds))):
            share = FLOOD if turn % 2 else 1 / PROVINCES
            p95 = _p95_of_the_others(web, flooding, among_others, share * load, (1 - share) * load, seconds)
            (flooded if turn % 2 else calm).append(p95)
            stage.say(f"p95 of the others {1000 * p95:.0f} ms{' in the flood' if turn % 2 else ''}")
        yield Figure("capacity", capacity, "1/s")
        yield Figure("p95 of the others, evenly", 1000 * statistics.median(calm), "ms")
        yield Figure("p95 of the others, in the flood", 1000 * statistics.median(flooded), "ms")
        yield Figure("web server, memory before", before, "MB")
        yield Figure("web server, memory after", web.memory(), "MB")
        ratio = statistics.median(b / a for a, b in zip(calm, flooded, strict=False))
        yield Figure("in the flood / evenly, p95", ratio, "ratio", bound=1.2, better="less")


def _p95_of_the_others(
    web: Web,
    flooding: list[tuple[str, str]],
    others: list[tuple[str, str]],
    of_one: float,
    of_others: float,
    seconds: float,
) -> float:
    """Seconds, from the time when a request was due."""
    options = {"connections": PATIENCE, "seconds": seconds}
    running = [
        requests.start(web.port, asked, rate=rate, **options)
        for asked, rate in ((flooding, of_one), (others, of_others))
    ]
    _one, seen = (requests.result(process) for process in running)
    return float(seen["p95"])
