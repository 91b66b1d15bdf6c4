"""The provider answers 429 and names a time: in seconds for some provinces, as a moment for the others."""

import random
import threading
import time
from collections.abc import Iterator, Sequence

from tests.faults.evidence import too_early
from tests.faults.result import Result
from tests.faults.stage import Stage

TITLE = "Nhà cung cấp trả 429 với Retry-After (số giây, ngày giờ)"
# What left before the first 429 was heard may still arrive.
GRACE_SECONDS = 1.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    """Each seed once with seconds and once with a moment, all at once as so many provinces."""
    slugs = stage.need(2 * len(seeds))
    stage.installation()
    stage.warm_up(slugs)
    plans = [_Throttle(stage, slug, seeds[index // 2], bool(index % 2)) for index, slug in enumerate(slugs)]
    written = {}
    for plan in plans:
        stage.lane(plan.slug, rate=20.0)
        written[plan.slug] = stage.write(plan.slug, 100, together=True)
        plan.start()
    for plan in plans:
        plan.join()
    stage.wait_for_all([one for slug in slugs for one in written[slug]], 90)
    for number, plan in enumerate(plans, 1):
        evidence = stage.evidence(written[plan.slug])
        lines = [line for line in evidence.lines if line.mono < plan.ended]
        refused = sum(line.answer == "429" and line.account == plan.slug for line in lines)
        early = too_early(lines, "429", {plan.slug: plan.pause}, GRACE_SECONDS)
        yield Result.of(
            "throttled", number, plan.seed, evidence,
            in_flight=0, recovery=evidence.recovery(plan.ended),
            notes=[f"{'moment' if plan.as_date else 'seconds'}: {plan.pause:.0f} s, {early} too early"],
            more_failures=[
                *([f"{early} attempts before the time that was asked for"] if early else []),
                *([] if refused else ["nothing was throttled: the run shows nothing"]),
            ],
        )  # fmt: skip


class _Throttle(threading.Thread):
    def __init__(self, stage: Stage, slug: str, seed: int, as_date: bool) -> None:
        super().__init__(daemon=True)
        chance = random.Random(f"{seed}{as_date}")
        self.stage, self.slug, self.seed, self.as_date = stage, slug, seed, as_date
        self.delay, self.pause, self.length = (
            chance.uniform(0, 3),
            chance.randint(4, 15),
            chance.uniform(10, 30),
        )
        self.ended = 0.0

    def run(self) -> None:
        time.sleep(self.delay)
        self.stage.provider.control(self.slug, http=429, retry_after=self.pause, as_date=self.as_date)
        time.sleep(self.length)
        self.stage.provider.control(self.slug)
        self.ended = time.monotonic()
