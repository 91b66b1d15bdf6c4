import pytest

from messaging.channels.lanes.lanes import ensure_lane


@pytest.fixture
def lane(province):
    return ensure_lane("mock")[0]
