"""The clock of a machine that sends is an hour fast or slow: alone, or beside one that is right."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults import processes
from tests.faults.evidence import percentile
from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Đồng hồ của một máy gửi sai ±1 giờ"
LANES = 3
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Case:
    """`what` has the wrong clock; `alone`: nobody with a right one sends."""

    what: str
    shift: float
    alone: bool


CASES = (
    Case("worker", HOUR, True),
    Case("worker", -HOUR, True),
    Case("relay", HOUR, False),
    Case("relay", -HOUR, True),
    Case("worker", HOUR, False),
    Case("worker", -HOUR, False),
)


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    """Six, whatever the number asked for is: each case once, more by turns."""
    slugs = stage.need(LANES)
    stage.beat()
    count = len(seeds) if quick else max(len(seeds), len(CASES))
    for number in range(1, count + 1):
        seed = seeds[(number - 1) % len(seeds)]
        yield _run(stage, slugs, number, seed, CASES[(number - 1) % len(CASES)])


def _run(stage: Stage, slugs: list[str], number: int, seed: int, case: Case) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=None)
        # Some need a second try or a question, whose moments a wrong clock could spoil. Few: each lets its lane rest.
        stage.provider.control(slug, cut_after=0.03, cut_before=0.03, latency=0.02)
    start = {"worker": lambda environ: stage.worker(environ=environ), "relay": stage.relay}
    servers = [start[case.what](processes.shifted(stage.ground.environ, case.shift))]
    if not case.alone:
        servers.append(stage.worker())
    stage.warm_up(slugs)
    # First without hints: what only the sweep finds must be found by whoever has this clock.
    written = [one for slug in slugs for one in stage.write_without_hint(slug, 30)]
    begun = time.monotonic()
    stage.wait_for_all(written, 150)
    writer = Writer(stage, slugs, 15)
    writer.start()
    time.sleep(chance.uniform(10, 20))
    written += writer.end()
    stage.wait_for_all(written, 240)
    for server in servers:
        server.stop()
    evidence = stage.evidence(written)
    cut = sum(line.answer == "cut" for line in evidence.taken)
    beside = "alone" if case.alone else "beside a right one"
    half = percentile(evidence.waits(), 0.5) or 0
    return Result.of(
        "clock", number, seed, evidence,
        in_flight=cut, recovery=evidence.recovery(begun),
        notes=[f"{case.what} {case.shift / HOUR:+.0f} h {beside}", f"half of all within {half:.1f} s"],
    )  # fmt: skip
