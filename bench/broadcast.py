"""What a broadcast to ten thousand people does to the notices people wait for: as good as nothing.

Notices flow at a steady pace through worker, beat and relay, by turns alone and beside a broadcast in the same lane.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import time as wall
from pathlib import Path
from typing import Any

from bench import Figure, Ground, Stage
from messaging.broadcasts.actions import approve, ask, write
from messaging.broadcasts.sending.runner import go_on

RECIPIENTS = int(os.environ.get("RECIPIENTS", "10000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
RATE = 20
SECONDS = int(os.environ.get("ACTS_SECONDS", "25"))
# Beside a broadcast the 95th percentile may be so much longer, and no more.
BESIDE_A_BROADCAST = 1.2


def measure(stage: Stage) -> Iterable[Figure]:
    from bench.messaging import quiet_log

    alone, beside, sent, found = [], [], [], []
    with tempfile.TemporaryDirectory() as name, quiet_log(Path(name)):
        for turn in range(ROUNDS):
            folder = Path(name) / str(turn)
            folder.mkdir()
            alone.append(_p95(stage, folder, recipients=0)[0])
            p95, told, a_second = _p95(stage, folder, recipients=RECIPIENTS)
            found.append(a_second)
            beside.append(p95)
            sent.append(told)
            stage.say(f"p95 alone {alone[-1]:.3f} s, beside a broadcast {beside[-1]:.3f} s; {told} were told")
    yield Figure("recipients", RECIPIENTS, "people")
    yield Figure("recipients found", statistics.median(found), "1/s")
    yield Figure("told while notices flowed", statistics.median(sent) / SECONDS, "1/s")
    yield Figure("notices alone, p95", statistics.median(alone), "s")
    yield Figure("notices beside a broadcast, p95", statistics.median(beside), "s")
    ratio = statistics.median(b / a for a, b in zip(alone, beside, strict=True))
    yield Figure("beside / alone, p95", ratio, "ratio", bound=BESIDE_A_BROADCAST, better="less")


def _p95(stage: Stage, folder: Path, *, recipients: int) -> tuple[float, int, float]:
    """The 95th percentile of the notices' waits in seconds, how many of a broadcast were told meanwhile, and how
    many recipients were found a second."""
    from bench.messaging import desks
    from bench.traffic import outbox, processes
    from bench.traffic.durable import durable_database
    from tests.simulators.sms.process import FakeProvider

    kind, found = "beside" if recipients else "alone", 0.0
    with (
        FakeProvider(folder / f"{kind}.jsonl") as provider,
        durable_database(),
        stage.province() as ground,
    ):
        outbox.connect(provider.port)
        outbox.lane(provider.url)
        if recipients:
            found = _broadcast(ground, recipients)
        office = ground.office
        asked = {
            "rate": RATE,
            "seconds": SECONDS,
            "clerk": office.clerk.username,
            "specialist": office.specialist.username,
            "procedure": office.procedure.code,
            "desks": desks(ground),
            "department": office.department.code,
        }
        inside = folder / kind
        inside.mkdir()
        with processes.installation(inside, provider.address) as environ:
            processes.acts(environ, ground.record.slug, asked)
            told = _told()
            p95 = statistics.quantiles(_waits(), n=100)[94]
    return p95, told, found


def _told() -> int:
    """How many of a broadcast were accepted while notices were."""
    from django.db.models import Max, Min

    from messaging.outbox.models.messages import Message

    span = Message.objects.filter(bulk=False).aggregate(first=Min("accepted_at"), last=Max("accepted_at"))
    return Message.objects.filter(bulk=True, accepted_at__range=(span["first"], span["last"])).count()


def _waits() -> list[float]:
    """Seconds from `not_before` to `accepted_at` of all notices but those of the first seconds."""
    from datetime import timedelta

    from django.db.models import F, Min

    from bench.messaging import WARM_SECONDS
    from messaging.channels.states import LIVE
    from messaging.outbox.models.messages import Message

    notices = Message.objects.filter(bulk=False)
    deadline = time.monotonic() + 30
    while notices.filter(state__in=LIVE).exists():
        assert time.monotonic() < deadline, "notices were not accepted in time"
        time.sleep(0.2)
    first: Any = notices.aggregate(first=Min("not_before"))["first"]
    counted = notices.filter(
        not_before__gte=first + timedelta(seconds=WARM_SECONDS), accepted_at__isnull=False
    )
    waits = counted.annotate(wait=F("accepted_at") - F("not_before")).values_list("wait", flat=True)
    return [wait.total_seconds() for wait in waits]


def _broadcast(ground: Ground, recipients: int) -> float:
    """So many invented people agreed to news over this lane, one broadcast to them is approved, and they are found;
    how many a second."""
    from messaging.contacts.contacts import NEWS
    from messaging.contacts.models import Consent, Contact
    from messaging.outbox.models.messages import SendingRules
    from tenants import clock
    from tenants.isolation.crypto import blind_index
    from tenants.organisation.models import Role
    from tests.factories import AssignmentFactory

    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": wall(0, 0), "window_until": wall(23, 59, 59)}
    )
    numbers = [f"0907{number:06d}" for number in range(recipients)]
    people = Contact.objects.bulk_create(
        [
            Contact(
                name="Nguyễn Thị Minh Họa",
                phone=number,
                phone_index=blind_index(number, "phone"),
                phone_last4_index=blind_index(number[-4:], "phone_last4"),
            )
            for number in numbers
        ],
        batch_size=1000,
    )
    Consent.objects.bulk_create(
        [
            Consent(contact=one, channel="sms", purpose=NEWS, granted_at=clock.now(), evidence="đo tốc độ")
            for one in people
        ],
        batch_size=1000,
    )
    author, second = (
        AssignmentFactory(agency=ground.office.desk, role=Role.COMMUNICATIONS).user for _ in range(2)
    )
    words = {"title": "Thông báo đo tốc độ", "summary": "Bản tin minh họa để đo tốc độ."}
    made = write({**words, "audiences": ["news"]}, actor=author)
    made = ask(made.pk, actor=author, seen=made.version)
    approve(made.pk, actor=second, seen=made.version)
    # All are found before: the notices flow beside the sending.
    started = time.perf_counter()
    go_on(seconds=600)
    return recipients / (time.perf_counter() - started)
