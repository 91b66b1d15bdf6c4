"""Valkey is killed without saving and comes back empty: all hints and all tasks are gone."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Valkey dừng không kịp lưu, khởi động lại trống rỗng"
LANES = 5
RATE = 10.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    for number, seed, beside in stage.in_turn(slugs, seeds):
        yield _run(stage, slugs, number, seed, beside)


def _run(stage: Stage, slugs: list[str], number: int, seed: int, beside: str) -> Result:
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
        notes=[f"away for {away:.0f} s", beside],
    )  # fmt: skip
