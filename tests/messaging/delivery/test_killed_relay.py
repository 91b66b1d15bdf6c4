"""Real processes: relays killed in the middle of their work lose nothing."""

import json
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from messaging.channels.states import State
from messaging.outbox.models.messages import Attempt, Message
from tests.messaging.conftest import let_leases_run_out
from tests.messaging.relays import Process, drained, relays, wait_for, write_many

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

MESSAGES = 200
KILLS = 5


@pytest.fixture
def journal(committed_province: Any) -> Path:
    """The mock provider's own memory of the province, as the processes keep it."""
    return (
        Path(committed_province.environ["DATA_DIR"])
        / "mock-channel"
        / f"{committed_province.record.uuid}.jsonl"
    )


@pytest.fixture
def relay(committed_province: Any) -> Iterator[Callable[[str], Process]]:
    with relays(committed_province) as start:
        yield start


def taken(journal: Path) -> list[str]:
    """Tracking ids in the order in which the provider took them; a line still being written is not there yet."""
    if not journal.exists():
        return []
    *whole, _rest = journal.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["tracking_id"] for line in whole]


@pytest.mark.deep
def test_a_relay_killed_several_times_loses_nothing_and_repeats_nothing(journal: Path, relay: Any) -> None:
    expected = {str(one.tracking_id) for one in write_many(MESSAGES)}
    held_at_kill = 0
    for kill in range(KILLS):
        have = len(taken(journal))
        target = have + random.randint(1, max(1, (MESSAGES - have) // (KILLS - kill + 1)))
        process = relay("run")
        wait_for(lambda: len(taken(journal)) >= target, process)  # noqa: B023 – used at once
        process.send_signal(signal.SIGKILL)
        process.wait()
        held_at_kill += Message.objects.filter(state=State.SENDING).count()
        let_leases_run_out()
    assert drained(relay("drain"))

    counted = Counter(taken(journal))
    repeated = sum(counted.values()) - len(counted)
    assert held_at_kill > 0, "no kill met a message on its way: the test shows nothing"
    assert set(counted) == expected
    assert repeated == 0, "this provider can be asked, so nothing is sent twice"
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.filter(outcome=Attempt.Outcome.LAPSED).count() == held_at_kill


def test_two_relays_at_once_send_each_message_once(journal: Path, relay: Any) -> None:
    expected = {str(one.tracking_id) for one in write_many(MESSAGES // 4)}
    assert [drained(process) for process in [relay("drain"), relay("drain")]] == [True, True]
    assert (drained(relay("drain")), sorted(taken(journal))) == (True, sorted(expected))
