"""The provider takes the message and the connection is cut before its answer: nobody knows, so it is asked."""

import random
import time
from collections.abc import Iterator, Sequence

from tests.faults.result import Result
from tests.faults.stage import Stage, Writer

TITLE = "Đứt kết nối sau khi nhà cung cấp đã nhận tin"


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    """All at once, a province for each seed."""
    slugs = stage.need(len(seeds))
    stage.installation()
    stage.warm_up(slugs)
    chances = {slug: random.Random(seed) for slug, seed in zip(slugs, seeds, strict=True)}
    for slug, chance in chances.items():
        stage.lane(slug, rate=None)
        stage.provider.control(slug, cut_after=chance.uniform(0.1, 0.6), cut_before=chance.uniform(0, 0.2))
    written = {slug: stage.write(slug, 100, together=True) for slug in slugs}
    writer = Writer(stage, slugs, 20)
    writer.start()
    time.sleep(random.Random(seeds[0]).uniform(15, 25))
    more = writer.end()
    for slug in slugs:
        written[slug] += [one for one in more if one.account == slug]
        stage.provider.control(slug)
    ended = time.monotonic()
    stage.wait_for_all([one for slug in slugs for one in written[slug]], 120)
    for number, (slug, seed) in enumerate(zip(slugs, seeds, strict=True), 1):
        evidence = stage.evidence(written[slug])
        cut = sum(line.answer == "cut" and line.taken for line in evidence.taken)
        yield Result.of(
            "cut", number, seed, evidence,
            in_flight=cut, recovery=evidence.recovery(ended), notes=[f"{cut} cut after acceptance"],
            more_failures=[
                *([] if cut else ["no connection was cut: the run shows nothing"]),
                # It can be asked, or its receipt is awaited: nothing has to be sent on a guess.
                *(["sent again without asking"] if evidence.duplicates else []),
            ],
        )  # fmt: skip
