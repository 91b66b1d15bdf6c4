"""The worker is frozen (SIGSTOP), as when its machine swaps: its session lives, so the clock ends its leases. When it
wakes up it must not send what somebody else has taken."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.processes import Server, wait_until
from tests.faults.result import Result
from tests.faults.stage import Stage

TITLE = "Tiến trình gửi bị treo giữa chừng (SIGSTOP) rồi tỉnh lại, có tiến trình khác bên cạnh"
LANES = 3
RATE = 4.0
MESSAGES, QUICK_MESSAGES = 200, 80


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    stage.beat()
    for slug in slugs:
        stage.provider.control(slug, latency=0.1, jitter=0.4)
    worker = stage.worker(children=LANES)
    for number, seed in enumerate(seeds, 1):
        yield _run(stage, slugs, worker, number, seed, QUICK_MESSAGES if quick else MESSAGES)


def _run(stage: Stage, slugs: list[str], worker: Server, number: int, seed: int, messages: int) -> Result:
    chance = random.Random(seed)
    stage.warm_up(slugs)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
    written = [one for slug in slugs for one in stage.write(slug, messages, together=True)]
    wait_until(lambda: len(stage.evidence(written).first) > LANES, 60, "nobody sends")
    # Nobody else sends yet: it surely holds the lanes.
    wait_until(lambda: bool(stage.on_the_way(slugs)), 30, every=0.01)
    time.sleep(chance.uniform(0, 1))
    worker.freeze()
    frozen = time.monotonic()
    held = stage.on_the_way(slugs)
    relay = stage.relay()
    time.sleep(chance.uniform(18, 40))
    before = len(stage.evidence(written).first)
    worker.thaw()
    for slug in slugs:
        stage.speed(slug, None)
    stage.wait_for_all(written, 120)
    relay.stop()
    evidence = stage.evidence(written)
    return Result.of(
        "frozen", number, seed, evidence,
        in_flight=len(held), recovery=evidence.recovery(frozen),
        notes=[f"{before} taken before it woke up"],
    )  # fmt: skip
