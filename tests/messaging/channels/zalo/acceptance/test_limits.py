"""One App's limit for all provinces: shared fairly, kept to, and heeded where Zalo says it is over."""

import uuid
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from messaging.channels.lanes import rate_limit
from messaging.channels.lanes.rate_limit import allow
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.channels.zalo import channel
from messaging.channels.zalo.channel import ZaloChannel
from tenants import clock
from tests.messaging.channels.zalo.acceptance.conftest import Staging
from tests.simulators.zalo.hosts.gate import Rates
from tests.simulators.zalo.model import OA, App
from tests.simulators.zalo.settings import Settings

PROVINCES = 34
LIMIT = channel.APP_CALLS_PER_MINUTE
# As often as a lane is looked into, and as much as it may have in hand.
TURN = 0.1
AT_ONCE = ZaloChannel.capabilities.concurrency
START = datetime(2026, 11, 25, 12, 0, tzinfo=clock.VIETNAM)
QUEUED = SimpleNamespace(state=State.QUEUED, bulk=False)


@pytest.fixture(autouse=True)
def _nobody_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_counts", {})
    monkeypatch.setattr(rate_limit, "_rests_until", 0.0)


@pytest.mark.parametrize("busy", [PROVINCES, 3, 1])
def test_so_many_provinces_at_once_keep_within_it_and_have_equal_parts(db, monkeypatch, busy):
    """Two virtual minutes from a cold start, judged by the pretended Zalo's own bucket."""
    passed = 0.0
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: 1000.0 + passed))
    key = f"zalo:{uuid.uuid4().hex}"
    lanes = [Lane(pk=number, channel="zalo", account="chinh") for number in range(busy)]
    calls: list[tuple[float, int]] = []
    going: list[list[float]] = [[] for _lane in lanes]
    while passed < 120:
        now = START + timedelta(seconds=passed)
        for number, lane in enumerate(lanes):
            part = rate_limit.share(key, LIMIT, f"tinh-{number}")
            going[number] = [moment for moment in going[number] if moment > passed]
            room = [QUEUED] * (AT_ONCE - len(going[number]))
            slots = allow(lane, ZaloChannel.capabilities.rate, now, part).slots(room)
            going[number] += [passed + wait.total_seconds() for _message, wait in slots]
            calls += [(moment, number) for moment in going[number][-len(slots) :] if slots]
        passed += TURN

    # An OA has a limit of its own; it is not what is looked at here.
    app, oas = App("1", "", ""), [OA(str(number), "", rate_limit=10_000) for number in range(busy)]
    bucket = Rates(Settings())
    counted: Counter[tuple[int, int]] = Counter()
    for moment, number in sorted(calls):
        assert bucket.take(app, oas[number], START.timestamp() + moment) == ""
        counted[int(moment // 60), number] += 1
    for minute in (0, 1):
        parts = [counted[minute, number] for number in range(busy)]
        assert LIMIT * 0.85 < sum(parts) <= LIMIT
    assert max(parts) - min(parts) <= 2


@pytest.mark.parametrize("trouble", ["429", "of one OA"])
def test_who_goes_too_fast_rests_alone(staging: Staging, trouble: str) -> None:
    stage = staging((("daklak", "chinh"), ("dongnai", "chinh")))
    office, other = stage.offices
    if trouble == "429":
        stage.control.fault("http", oa=office.oa_id, status=429, retry_after="30", times=1)
    else:
        stage.control.set_oa(office.oa_id, rate_limit=3)
    for one in stage.offices:
        person = one.person()
        for number in range(1, 9):
            one.write(person, number)
    began = clock.now() - stage.offset
    stage.run()
    ended = clock.now() - stage.offset
    stage.deliver()
    assert other.states() == {"delivered": 8}
    assert office.states()["queued"] + office.states()["deferred"] > 0
    rest: Any = office.lane().rests_until
    assert began < rest <= ended + timedelta(seconds=66)
    stage.control.set_oa(office.oa_id, rate_limit=1000)
    stage.later(seconds=66)
    stage.carry_on()
    assert (office.states(), stage.count("accepted.cs")) == ({"delivered": 8}, 16)
