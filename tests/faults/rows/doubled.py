"""Two beats, two relays and two workers at once do each thing once."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.evidence import percentile
from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Hai bộ hẹn giờ, hai tiến trình gửi chạy cùng lúc"
LANES = 5
RATE = 20.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    for _each in range(2):
        stage.beat()
        stage.relay()
        stage.worker(children=1)
    stage.warm_up(slugs)
    for number, seed in enumerate(seeds, 1):
        yield _run(stage, slugs, number, seed)


def _run(stage: Stage, slugs: list[str], number: int, seed: int) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
        stage.provider.control(slug, latency=chance.uniform(0.01, 0.2))
    begun = time.monotonic()
    written = [one for slug in slugs for one in stage.write(slug, 40, together=True)]
    writer = Writer(stage, slugs, 15)
    writer.start()
    time.sleep(chance.uniform(8, 15))
    written += writer.end()
    stage.wait_for_all(written, 90)
    evidence = stage.evidence(written)
    return Result.of(
        "doubled", number, seed, evidence,
        in_flight=0, busiest=evidence.busiest_second(begun), rate=RATE,
        notes=[f"95 % of all within {percentile(evidence.waits(), 0.95) or 0:.1f} s"],
    )  # fmt: skip
