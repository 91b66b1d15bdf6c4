"""A simulator for the session, reset for each test, and a caller who speaks to it as an adapter would."""

from collections.abc import Iterator

import pytest

from tests.simulators.tests.caller import Caller
from tests.simulators.zalo import ZaloSimulator

NOON = "2026-11-25T12:00:00"
# Where nobody listens.
CLOSED = "http://127.0.0.1:1/webhook"


@pytest.fixture(autouse=True)
def _start_clean() -> None:
    """In place of the suite's own: these tests touch neither database nor cache."""


@pytest.fixture(scope="session")
def simulator() -> Iterator[ZaloSimulator]:
    with ZaloSimulator(seed=7) as running:
        yield running


@pytest.fixture
def zalo(simulator: ZaloSimulator) -> Caller:
    """The clock stands at noon on Wednesday 25/11/2026."""
    simulator.control.reset()
    simulator.control.set_clock(NOON, freeze=True)
    return Caller(simulator, CLOSED)
