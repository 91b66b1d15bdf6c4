"""The provider hangs for one province and works for the others."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.evidence import percentile
from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Nhà cung cấp treo với riêng một tỉnh"
LANES = 6


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    for number, seed, beside in stage.in_turn(slugs, seeds):
        yield _run(stage, slugs, number, seed, beside)


def _run(stage: Stage, slugs: list[str], number: int, seed: int, beside: str) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=None)
    hung = chance.choice(slugs)
    others = [slug for slug in slugs if slug != hung]
    stage.provider.control(hung, **chance.choice(({"hang": True}, {"hang_after": True})))
    written = stage.write(hung, 100, together=True)
    writer = Writer(stage, slugs, 12)
    writer.start()
    time.sleep(chance.uniform(25, 40))
    written += writer.end()
    in_flight = sum(line.answer == "hang" and line.account == hung for line in stage.provider.lines())
    stage.provider.control(hung)
    ended = time.monotonic()
    stage.wait_for_all(written, 120)
    evidence = stage.evidence(written)
    return Result.of(
        "hanging", number, seed, evidence,
        in_flight=in_flight, recovery=evidence.recovery(ended, [hung]),
        p95=percentile(evidence.waits(others), 0.95),
        notes=[f"{hung} hung", beside, f"{len(evidence.waits(others))} messages of the others"],
    )  # fmt: skip
