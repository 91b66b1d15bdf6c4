"""PostgreSQL is stopped with `-m immediate` while acts are committed and messages sent."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "PostgreSQL bị cắt ngang (stop -m immediate) khi đang ghi và đang gửi"
LANES = 5


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    # Long enough that at any moment something is on its way.
    stage.provider.control(latency=0.1, jitter=0.2)
    for slug in slugs:
        stage.provider.control(slug, latency=0.1, jitter=0.2)
    for number, seed, beside in stage.in_turn(slugs, seeds):
        yield _run(stage, slugs, number, seed, beside)


def _run(stage: Stage, slugs: list[str], number: int, seed: int, beside: str) -> Result:
    chance = random.Random(seed)
    written = [one for slug in slugs for one in stage.write(slug, 60, together=True)]
    writer = Writer(stage, slugs, 20)
    writer.start()
    time.sleep(chance.uniform(1, 5))
    in_flight = len(stage.on_the_way(slugs))
    begun = time.monotonic()
    stage.ground.crash_postgres()
    away = chance.uniform(0, 10)
    time.sleep(away)
    if chance.random() < 0.5:
        # Nobody's later act wakes a lane.
        writer.end()
    stage.ground.start_services()
    back = time.monotonic()
    time.sleep(chance.uniform(3, 6))
    written += writer.end()
    stage.wait_for_all(written, 120)
    evidence = stage.evidence(written)
    return Result.of(
        "database", number, seed, evidence,
        in_flight=in_flight, recovery=evidence.recovery(back),
        notes=[f"away for {back - begun:.0f} s", beside, f"{writer.unsure} commits unsure"],
    )  # fmt: skip
