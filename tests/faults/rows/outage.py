"""The provider answers 5xx for ten minutes while 2,000 messages wait; the five runs are five provinces at once,
each with a beginning of its own."""

import random
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage, Strike

TITLE = "Nhà cung cấp trả lỗi 5xx trong 10 phút, 2.000 tin đang chờ"
MESSAGES, SECONDS = 2000, 600.0
QUICK_MESSAGES, QUICK_SECONDS = 200, 60.0
RATE = 15.0


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    slugs = stage.need(len(seeds))
    messages, length = (QUICK_MESSAGES, QUICK_SECONDS) if quick else (MESSAGES, SECONDS)
    stage.installation()
    stage.warm_up(slugs)
    for slug in slugs:
        stage.lane(slug, rate=RATE)
    outages = []
    for slug, seed in zip(slugs, seeds, strict=True):
        chance = random.Random(seed)
        delay, status = chance.uniform(0, 20), chance.choice((500, 502, 503))
        outages.append(Strike(stage, slug, delay, length, http=status))
        outages[-1].start()
    # The messages come within the outage, a few before it.
    written = {slug: stage.write(slug, messages, together=True) for slug in slugs}
    for outage in outages:
        outage.join()
    everything = [one for slug in slugs for one in written[slug]]
    stage.wait_for_all(everything, 60 + 3 * messages * len(slugs) / RATE / 2)
    for number, (slug, seed, outage) in enumerate(zip(slugs, seeds, outages, strict=True), 1):
        evidence = stage.evidence(written[slug])
        tried = sum(
            line.account == slug and outage.begun < line.mono < outage.ended for line in evidence.lines
        )
        yield Result.of(
            "outage", number, seed, evidence,
            in_flight=0, recovery=evidence.recovery(outage.ended),
            busiest=evidence.busiest_second(outage.ended), rate=RATE,
            notes=[f"{outage.ended - outage.begun:.0f} s of {outage.faults['http']}", f"{tried} requests meanwhile"],
        )  # fmt: skip
