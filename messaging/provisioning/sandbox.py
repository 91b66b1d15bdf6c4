"""Messages of a throw-away province: the pretended provider alone, whatever this installation sends by."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from messaging.channels.mock import Journal
from messaging.lanes import wakeup
from tenants.isolation.province_cache import ProvinceRecord
from tenants.onboarding import sandbox_province

CHANNEL = "mock"


def register() -> None:
    """Have every rehearsal stand on this ground."""
    sandbox_province.surround(mock_alone)


@contextmanager
def mock_alone(province: ProvinceRecord) -> Iterator[None]:
    """Inside the block this process has no other channel; afterwards nothing is left of what it took."""
    before = settings.MESSAGING_CHANNELS
    settings.MESSAGING_CHANNELS = [CHANNEL]
    try:
        with wakeup.no_wakeups():
            yield
    finally:
        settings.MESSAGING_CHANNELS = before
        Journal(province.uuid).path.unlink(missing_ok=True)
