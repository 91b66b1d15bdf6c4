"""The web server is killed between the commit of an act and the hint about its message.

Acts go over the real door: a clerk's form, posted to granian. So that the kill meets that gap, this web server's
Valkey accepts connections and never answers: after the commit it waits for the hint to be taken. What must
arrive is known from the dossiers that are committed, each with a telephone number of its own.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.faults import processes
from tests.faults.blackhole import BlackHole
from tests.faults.desk import Desk
from tests.faults.evidence import Evidence, Written
from tests.faults.processes import wait_until
from tests.faults.result import Result
from tests.faults.stage import Stage

TITLE = "Giết máy chủ web giữa lúc đã ghi xong và lúc gọi tiến trình gửi (kill -9)"
ACTS = 8
# The stage starts none for receipts.
OWN_WEB = True


def runs(stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Result]:
    (slug,) = stage.need(1)
    stage.beat()
    stage.worker(children=1)
    stage.warm_up([slug])
    with BlackHole() as hole, stage.inside(slug):
        desk = Desk(slug, stage.ground.web_port, stage.provider.channel)
        for number, seed in enumerate(seeds, 1):
            yield _run(stage, desk, hole, number, seed)


def _run(stage: Stage, desk: Desk, hole: BlackHole, number: int, seed: int) -> Result:
    chance = random.Random(seed)
    port = stage.ground.web_port
    deaf = {**stage.ground.environ, "REDIS_URL": hole.url}
    web = stage.server("web", processes.web(port), deaf)
    processes.wait_for_web(port)
    numbers = desk.new_numbers(ACTS)
    stage.provider.know(numbers)
    acts = desk.post_all(numbers)
    wait_until(lambda: bool(desk.committed(numbers)), 60, "no act is committed", every=0.01)
    # While one waits for its hint: the server takes a few acts of one network at a time, and answers these before others.
    wanted = chance.randint(1, ACTS // 2)

    def waits_for_its_hint() -> bool:
        committed = len(desk.committed(numbers))
        return committed >= wanted and committed > sum(act.done() for act in acts)

    wait_until(waits_for_its_hint, 30, every=0.01)
    answered = sum(act.done() for act in acts)
    web.kill()
    killed = time.monotonic()
    committed = desk.committed(numbers)
    desk.forget(acts)

    web = stage.server("web", processes.web(port))
    processes.wait_for_web(port)
    written = [Written(phone, desk.slug, killed) for phone in committed]
    # First nobody does anything: the hint of a later act would wake the lane.
    wait_until(lambda: not evidence_by_number(stage, written).lost, 90)
    waits, missing = evidence_by_number(stage, written).waits(), len(evidence_by_number(stage, written).lost)
    again = desk.new_numbers(2)
    stage.provider.know(again)
    for act in desk.post_all(again):
        act.result(30)
    written += [Written(phone, desk.slug, time.monotonic()) for phone in desk.committed(again)]
    wait_until(lambda: not evidence_by_number(stage, written).lost, 60)
    stage.wait_for_telephones()
    web.stop()
    evidence = evidence_by_number(stage, written)
    hit = len(committed) - answered
    return Result.of(
        "web", number, seed, evidence,
        in_flight=0, recovery=max(waits) if waits else None,
        notes=[f"{hit} acts committed and not answered at the kill"],
        more_failures=[
            *([] if hit > 0 else ["the kill met no act: the run shows nothing"]),
            *([f"{missing} did not come by themselves"] if missing else []),
        ],
    )  # fmt: skip


def evidence_by_number(stage: Stage, written: Sequence[Written]) -> Evidence:
    """By telephone number: what must arrive is not read from the outbox."""
    lines = stage.provider.lines()
    numbers = {line.reference: line.to for line in lines if line.to}
    return Evidence(written, [replace(line, reference=numbers.get(line.reference, "")) for line in lines])
