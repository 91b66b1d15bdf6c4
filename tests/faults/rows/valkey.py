"""Valkey is killed without saving and comes back empty: all hints and all tasks are gone."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Valkey dừng không kịp lưu, khởi động lại trống rỗng"
# The first runs have only worker and beat, the last ones `relay run` as well.
WITH_RELAY_FROM = 4
LANES = 5
RATE = 10.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    stage.beat()
    stage.worker(children=2)
    stage.warm_up(slugs)
    for number, seed in enumerate(seeds, 1):
        if number == WITH_RELAY_FROM:
            stage.relay()
            stage.warm_up(slugs)
        yield _run(stage, slugs, number, seed)


def _run(stage: Stage, slugs: list[str], number: int, seed: int) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
    written = [one for slug in slugs for one in stage.write(slug, 60, together=True)]
    writer = Writer(stage, slugs, 10)
    writer.start()
    time.sleep(chance.uniform(1, 4))
    in_flight = len(stage.on_the_way(slugs))
    stage.ground.kill_valkey()
    away = chance.uniform(2, 12)
    time.sleep(away)
    # These were written while no hint could be given, and nobody gives one afterwards.
    written += [one for slug in slugs for one in stage.write(slug, 5)]
    written += writer.end()
    stage.ground.start_services()
    back = time.monotonic()
    stage.wait_for_all(written, 90)
    evidence = stage.evidence(written)
    return Result.of(
        "valkey", number, seed, evidence,
        in_flight=in_flight, recovery=evidence.recovery(back), busiest=evidence.busiest_second(back), rate=RATE,
        notes=[f"away for {away:.0f} s", "with relay" if number >= WITH_RELAY_FROM else "no relay"],
    )  # fmt: skip
