"""A channel that writes to addresses which people can say at a desk, not to telephones."""

from typing import Any

import pytest

from messaging.channels.base import registry
from tests.messaging.conftest import ScriptedChannel


class LetterChannel(ScriptedChannel):
    code = "letters"
    name = "Thư thử"
    address_kind = "letterbox"

    def normalise(self, address: str) -> str:
        if "@" not in address:
            raise ValueError("Địa chỉ thư phải có dấu @.")
        return address.strip().lower()


@pytest.fixture
def letters(settings: Any, monkeypatch: pytest.MonkeyPatch) -> LetterChannel:
    channel = LetterChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    settings.MESSAGING_CHANNELS = ["mock", channel.code]
    return channel
