"""The provider answers 5xx for ten minutes while 2,000 messages wait; the five runs are five provinces at once,
each with a beginning of its own."""

import random
import threading
import time
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage

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
    outages = [
        _Outage(stage, slug, random.Random(seed), length) for slug, seed in zip(slugs, seeds, strict=True)
    ]
    for outage in outages:
        outage.start()
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
            notes=[f"{outage.ended - outage.begun:.0f} s of {outage.status}", f"{tried} requests meanwhile"],
        )  # fmt: skip


class _Outage(threading.Thread):
    """Begins within the first seconds, with a 5xx of its own."""

    def __init__(self, stage: Stage, slug: str, chance: random.Random, length: float) -> None:
        super().__init__(daemon=True)
        self.stage, self.slug, self.length = stage, slug, length
        self.delay, self.status = chance.uniform(0, 20), chance.choice((500, 502, 503))
        self.begun = self.ended = 0.0

    def run(self) -> None:
        time.sleep(self.delay)
        self.begun = time.monotonic()
        self.stage.provider.control(self.slug, http=self.status)
        time.sleep(self.length)
        self.stage.provider.control(self.slug)
        self.ended = time.monotonic()
