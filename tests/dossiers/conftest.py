from datetime import datetime
from typing import Any

import pytest

from messaging.channels.base import registry
from tenants.isolation.province_cache import ProvinceRecord
from tests.dossiers.chatting import ChatChannel, Talk
from tests.dossiers.publishing import Published
from tests.factories import Office
from tests.recorded_rows import RecordedTables

_published = RecordedTables("dossiers_", "procedures_", "messaging_", "audit_", "organisation_a", "accounts_")


@pytest.fixture
def published(request: pytest.FixtureRequest, province: ProvinceRecord, noon: datetime) -> Published:
    """Đắk Lắk with figures; of the test's office, if it has one."""
    if "office" in request.fixturenames:
        return Published(request.getfixturevalue("office"))
    return _published.fill(lambda: Published(Office()))


@pytest.fixture
def channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> ChatChannel:
    """The service is installed, and nobody has an account there yet."""
    made = ChatChannel()
    monkeypatch.setitem(registry._channels, made.code, made)
    settings.MESSAGING_CHANNELS = ["chat", "mock"]
    return made


@pytest.fixture
def talk(office: Office, channel: ChatChannel) -> Talk:
    return Talk(channel)
