"""The mock channel keeps the contract."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from messaging.channels.base import Account
from messaging.channels.mock import channel, store
from messaging.channels.mock.channel import MockChannel
from tests.messaging.channel_contract import Bench, ChannelContract


class MockBench(Bench):
    channel = MockChannel()

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.account = Account(uuid.uuid4(), "chinh")

    def good(self) -> str:
        return "0905000217"

    def refuses(self) -> str:
        return f"090500{channel.REFUSED_FOR_GOOD}"

    def busy(self) -> str:
        return f"090500{channel.FAILS_ONCE}"

    def loses_the_answer(self) -> str:
        return f"090500{channel.ANSWER_LOST}"

    def is_silent(self) -> str:
        self._monkeypatch.setattr(channel, "SLOW_SECONDS", 0.1)
        return f"090500{channel.SLOW}"

    def taken(self) -> list[str]:
        return [received.tracking_id for received in store.Journal(self.account.province).received()]

    def answers(self) -> list[Any]:
        return ["ok", "taken", "no-subscriber", "busy", "locked-out", "cut"]

    def callback(self, tracking_id: uuid.UUID) -> tuple[dict[str, str], bytes]:
        sent = channel.callback(self.account, {"event": "delivered", "tracking_id": str(tracking_id)})
        return dict(sent.headers), sent.body

    def neighbour(self) -> Account:
        return Account(self.account.province, "khac")


class TestMockKeepsTheContract(ChannelContract):
    @pytest.fixture
    def bench(self, provider_memory: Path, monkeypatch: pytest.MonkeyPatch) -> MockBench:
        return MockBench(monkeypatch)
