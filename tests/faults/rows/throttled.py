"""The provider answers 429 and names a time: in seconds for some provinces, as a moment for the others."""

import random
from collections.abc import Iterator, Sequence

from tests.faults.evidence import too_early
from tests.faults.result import Result
from tests.faults.stage import Stage, Strike

TITLE = "Nhà cung cấp trả 429 với Retry-After (số giây, ngày giờ)"
# What left before the first 429 was heard may still arrive.
GRACE_SECONDS = 1.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    """Each seed once with seconds and once with a moment, all at once as so many provinces."""
    slugs = stage.need(2 * len(seeds))
    stage.installation()
    stage.warm_up(slugs)
    plans, written = [], {}
    for index, slug in enumerate(slugs):
        as_date = bool(index % 2)
        chance = random.Random(f"{seeds[index // 2]}{as_date}")
        delay, pause, length = chance.uniform(0, 3), chance.randint(4, 15), chance.uniform(10, 30)
        plans.append(Strike(stage, slug, delay, length, http=429, retry_after=pause, as_date=as_date))
        stage.lane(slug, rate=20.0)
        written[slug] = stage.write(slug, 100, together=True)
        plans[-1].start()
    for plan in plans:
        plan.join()
    stage.wait_for_all([one for slug in slugs for one in written[slug]], 90)
    for number, plan in enumerate(plans, 1):
        pause, kind = plan.faults["retry_after"], "moment" if plan.faults["as_date"] else "seconds"
        evidence = stage.evidence(written[plan.slug])
        lines = [line for line in evidence.lines if line.mono < plan.ended]
        refused = sum(line.answer == "429" and line.account == plan.slug for line in lines)
        early = too_early(lines, "429", {plan.slug: pause}, GRACE_SECONDS)
        yield Result.of(
            "throttled", number, seeds[(number - 1) // 2], evidence,
            in_flight=0, recovery=evidence.recovery(plan.ended),
            notes=[f"{kind}: {pause:.0f} s, {early} too early"],
            more_failures=[
                *([f"{early} attempts before the time that was asked for"] if early else []),
                *([] if refused else ["nothing was throttled: the run shows nothing"]),
            ],
        )  # fmt: skip
