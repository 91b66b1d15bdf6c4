"""For two minutes the provider gives no answer that can be read, in one of four ways: nobody's message tries it.

The runs are provinces at once, each with a beginning of its own, and messages are written all the while. Where the
provider cannot be asked, each message that was handed over and of which nothing is known becomes a telephone call.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.result import Result
from tests.faults.stage import Stage, Strike, Writer

SECONDS, QUICK_SECONDS = 120.0, 30.0
WAITING = 100
# What a lane may have on its way when it begins, and one that is tried after the provider answered a question.
MOST_CALLS = 8 + 1


@dataclass(frozen=True)
class Unreadable:
    """A row: `fault` is what the provider does meanwhile."""

    name: str
    TITLE: str
    fault: dict[str, float | bool]

    def runs(self, stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
        slugs = stage.need(len(seeds))
        stage.installation()
        stage.warm_up(slugs)
        length = QUICK_SECONDS if quick else SECONDS
        outages = [
            Strike(stage, slug, random.Random(seed).uniform(0, 5), length, **self.fault)
            for slug, seed in zip(slugs, seeds, strict=True)
        ]
        for outage in outages:
            outage.start()
        written = {slug: stage.write(slug, WAITING, together=True) for slug in slugs}
        writer = Writer(stage, slugs, len(slugs))
        writer.start()
        for outage in outages:
            outage.join()
        for one in writer.end():
            written[next(slug for slug in slugs if stage.account(slug) == one.account)].append(one)
        stage.wait_for_all([one for slug in slugs for one in written[slug]], 120)
        for number, (slug, seed, outage) in enumerate(zip(slugs, seeds, outages, strict=True), 1):
            evidence = stage.evidence(written[slug])
            tried = sum(
                line.event == "send" and line.account == slug and outage.begun < line.mono < outage.ended
                for line in evidence.lines
            )
            calls = 0 if stage.provider.tells else len(evidence.called)
            yield Result.of(
                self.name, number, seed, evidence,
                in_flight=0, recovery=evidence.recovery(outage.ended),
                notes=[f"{tried} messages handed over in {outage.ended - outage.begun:.0f} s, {calls} calls"],
                more_failures=[f"{calls} calls, {MOST_CALLS} allowed"] if calls > MOST_CALLS else [],
            )  # fmt: skip


error = Unreadable("error", "Nhà cung cấp trả HTTP 500 trong 2 phút, tin vẫn được ghi", {"http": 500})
page = Unreadable("page", "Nhà cung cấp trả một trang HTML, mã 200, trong 2 phút", {"http": 200})
silent = Unreadable("silent", "Nhà cung cấp không trả lời trong 2 phút", {"hang": True})
cut_before = Unreadable(
    "cut-before", "Đứt kết nối trước khi nhà cung cấp đọc tin, trong 2 phút", {"cut_before": 1.0}
)
