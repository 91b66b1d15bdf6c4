"""A provider's limit, shared by lanes of several provinces. Counted in the suite's own Valkey."""

import socket
import time
import uuid
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone

from messaging.channels.base import Account, registry
from messaging.channels.lanes import rate_limit
from messaging.channels.lanes.rate_limit import SLACK, allow
from messaging.channels.models import Lane
from messaging.delivery.lane_loop import run_lane
from tests.messaging.conftest import ScriptedChannel, write

LIMIT = 4000
WHOLE = LIMIT * 0.95 / 60


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody was told anything yet. The installation counts the provinces of an app; here nobody does."""
    monkeypatch.setattr(rate_limit, "_sharers", lambda key: 34)
    monkeypatch.setattr(rate_limit, "_counts", {})
    monkeypatch.setattr(rate_limit, "_rests_until", 0.0)


@pytest.fixture
def key() -> str:
    """The name of a limit that no other test uses."""
    return f"app-{uuid.uuid4().hex}"


class Counting:
    """Stands for Valkey and notes how often it was asked."""

    def __init__(self, answer: int | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def eval(self, *arguments: Any) -> int:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_who_has_been_silent_is_not_counted(key: str) -> None:
    valkey = redis.Redis.from_url(django_settings.REDIS_URL)
    seconds, microseconds = valkey.time()  # type: ignore[misc]
    now = seconds + microseconds / 1_000_000
    members = {"silent": now - 6, "busy": now - 1}
    valkey.zadd(f"{django_settings.QUEUE_PREFIX}share:{key}", members)
    assert rate_limit.share(key, LIMIT, "a") == pytest.approx(WHOLE / 2)


class TestWithoutValkey:
    def test_each_takes_what_is_left_when_all_are_at_work(self, key: str, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert rate_limit.share(key, LIMIT, "a") == pytest.approx(WHOLE / 34)

    def test_it_is_left_alone_for_a_while(self, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        valkey = Counting(redis.ConnectionError("away"))
        monkeypatch.setattr(rate_limit, "_valkey", lambda url: valkey)
        for _ in range(100):
            rate_limit.share(key, LIMIT, "a")
        assert valkey.asked == 1

    def test_one_that_hangs_is_not_waited_for(self, key: str, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
            began = time.monotonic()
            rate_limit.share(key, LIMIT, "a")
            assert time.monotonic() - began < 2

    def test_as_many_share_it_as_are_known_to(self, key, settings, monkeypatch):
        monkeypatch.setattr(rate_limit, "_sharers", lambda asked: 3 if asked == key else 34)
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert rate_limit.share(key, LIMIT, "a") == pytest.approx(WHOLE / 3)

    def test_messages_are_sent_all_the_same(self, contact, sharing, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        message = write(contact)
        run_lane(message.lane_id)
        assert len(sharing.sent) == 1


@pytest.fixture
def sharing(scripted: ScriptedChannel, key: str, monkeypatch: pytest.MonkeyPatch) -> ScriptedChannel:
    class SharingChannel(ScriptedChannel):
        def shared_limit(self, account: Account) -> tuple[str, int] | None:
            return None if account.name == "rieng" else (key, LIMIT)

    channel = SharingChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    return channel


class TestLanes:
    def test_the_part_of_a_lane_that_is_done_goes_to_the_others_at_once(self, sharing, monkeypatch):
        monkeypatch.setattr(rate_limit, "ASK_EVERY", 0.0)
        account = Account(uuid.uuid4(), "thu")
        for lane_id in (1, 2):
            both = rate_limit.rate_of(sharing, account, lane_id)
        rate_limit.leave(sharing, account, 1)
        assert both == pytest.approx(WHOLE / 2)
        assert rate_limit.rate_of(sharing, account, 2) == pytest.approx(WHOLE)

    def test_a_lane_counts_by_its_province_and_number(self, sharing: ScriptedChannel) -> None:
        ours, theirs = Account(uuid.uuid4(), "chinh"), Account(uuid.uuid4(), "chinh")
        assert rate_limit.rate_of(sharing, ours, 1) == pytest.approx(WHOLE)
        assert rate_limit.rate_of(sharing, theirs, 1) == pytest.approx(WHOLE / 2)

    def test_an_account_of_its_own_app_shares_nothing(self, sharing: ScriptedChannel) -> None:
        assert rate_limit.rate_of(sharing, Account(uuid.uuid4(), "rieng"), 1) is None

    @pytest.mark.parametrize(
        ("own", "of_channel", "shared", "rate"),
        [(None, None, 2.0, 2.0), (None, 1.0, 2.0, 1.0), (1.0, None, 2.0, 1.0), (5.0, 9.0, 2.0, 2.0)],
    )
    def test_it_is_one_more_upper_bound(self, contact, scripted, own, of_channel, shared, rate):
        lane = write(contact).lane
        Lane.objects.filter(pk=lane.pk).update(rate=own)
        lane.refresh_from_db()
        distance = allow(lane, of_channel, timezone.now(), shared).distance
        assert distance.total_seconds() == pytest.approx(SLACK / rate)
