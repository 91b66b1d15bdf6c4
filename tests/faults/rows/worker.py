"""Worker or relay or both, with all their children, are killed in the middle of sending and started again:
twenty times in a thousand messages."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.processes import Server, wait_until
from tests.faults.result import Result, worst
from tests.faults.stage import Stage

TITLE = "Giết các tiến trình gửi giữa chừng (kill -9), 20 lần trong 1.000 tin"
LANES = 10
MESSAGES, KILLS = 1000, 20
# How often both are killed at once.
BOTH = 0.2
START_SECONDS = 6.0
# So slow that the messages outlast the kills.
RATE = 2.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(LANES)
    stage.beat()
    for slug in slugs:
        stage.provider.control(slug, latency=0.1, jitter=0.4)
    running = stage.worker(children=2), stage.relay()
    stage.warm_up(slugs)
    for number, seed in enumerate(seeds, 1):
        yield _run(stage, slugs, running, number, seed, kills=3 if quick else KILLS)


def _run(
    stage: Stage, slugs: list[str], running: tuple[Server, Server], number: int, seed: int, kills: int
) -> Result:
    chance = random.Random(seed)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
    written = [one for slug in slugs for one in stage.write(slug, MESSAGES // LANES, together=True)]
    held: set[tuple[str, int, int]] = set()
    moments: list[float] = []
    for _kill in range(kills):
        before = len(stage.evidence(written).first)
        # New ones are taken: whoever was started after the last kill is at work.
        wait_until(lambda: len(stage.evidence(written).first) > before, 90, "nobody sends")  # noqa: B023 – used at once
        oldest = min(running, key=lambda server: server.started_at)
        victims = list(running) if chance.random() < BOTH else [oldest]
        # One that is still starting holds nothing.
        time.sleep(max(0.0, oldest.started_at + START_SECONDS - time.monotonic()))
        time.sleep(chance.uniform(0, 1))
        for server in victims:
            server.kill()
        moments.append(time.monotonic())
        held |= stage.on_the_way(slugs)
        for server in victims:
            server.start()
    for slug in slugs:
        # What the kills showed does not get truer by waiting for the rest at this pace.
        stage.speed(slug, None)
    stage.wait_for_all(written, 180)
    evidence = stage.evidence(written)
    # After each kill until anybody's next message, after the last one until each lane's.
    recovery = worst([*(evidence.next_after(moment) for moment in moments), evidence.recovery(moments[-1])])
    return Result.of(
        "worker", number, seed, evidence,
        in_flight=len(held), recovery=recovery, notes=[f"{kills} kills"],
    )  # fmt: skip
