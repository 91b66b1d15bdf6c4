"""The worker is killed (kill -9) again and again while a relay stands by: its lanes go on within three seconds."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.evidence import percentile
from tests.faults.processes import Server, wait_until
from tests.faults.result import Result, worst
from tests.faults.stage import Stage

TITLE = "Giết tiến trình gửi (kill -9), có tiến trình khác bên cạnh: sau bao lâu luồng chạy tiếp"
LANES = 3
RATE = 5.0
KILLS, QUICK_KILLS = 10, 3
START_SECONDS = 6.0
P95_SECONDS = 3.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    stage.beat()
    worker = stage.worker(children=2)
    stage.relay()
    stage.warm_up(slugs)
    for number, seed in enumerate(seeds, 1):
        yield _run(stage, slugs, worker, number, seed, QUICK_KILLS if quick else KILLS)


def _run(stage: Stage, slugs: list[str], worker: Server, number: int, seed: int, kills: int) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
    count = int(kills * (START_SECONDS + 4) * RATE)
    written = [one for slug in slugs for one in stage.write(slug, count, together=True)]
    held: set[tuple[str, int, int]] = set()
    gaps: list[float | None] = []
    moments: list[float] = []
    for _kill in range(kills):
        before = len(stage.evidence(written).first)
        wait_until(lambda: len(stage.evidence(written).first) > before, 60, "nobody sends")  # noqa: B023 – used at once
        time.sleep(max(0.0, worker.started_at + START_SECONDS - time.monotonic()) + chance.uniform(0, 1))
        worker.kill()
        moments.append(time.monotonic())
        held |= stage.on_the_way(slugs)
        time.sleep(P95_SECONDS)
        worker.start()
    for slug in slugs:
        stage.speed(slug, None)
    stage.wait_for_all(written, 120)
    evidence = stage.evidence(written)
    for moment in moments:
        # Of each lane, whoever held it: the slowest one counts.
        gaps.append(evidence.recovery(moment))
    late = percentile([gap for gap in gaps if gap is not None], 0.95) or 0.0
    return Result.of(
        "takeover", number, seed, evidence,
        in_flight=len(held), recovery=worst(gaps), notes=[f"{kills} kills, p95 {late:.1f} s"],
        more_failures=[f"p95 {late:.1f} s until a lane went on"] if late > P95_SECONDS else [],
    )  # fmt: skip
