"""A lane in work: what its senders take by themselves, and when they must not. No database."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from messaging.channels.base import Account, Capabilities, Outcome, OutcomeKind, OutgoingMessage, Reason
from messaging.delivery import worker
from messaging.delivery.claims import Work
from messaging.delivery.worker import Run
from messaging.lanes import circuit_breaker
from messaging.lanes.rate_limit import AT_ONCE, MOST_AT_ONCE

from .conftest import ScriptedChannel

LONG_AGO = -1000.0


def work(number: int, **changes: Any) -> Work:
    outgoing = OutgoingMessage(uuid4(), "0905000217", "Nguyễn Thị Thử", "Tiêu đề", f"Nội dung {number}")
    values = {"wait": timedelta(0), "distance": timedelta(0)} | changes
    return Work(
        number, outgoing.tracking_id, 1, datetime(2026, 11, 26, tzinfo=UTC), False, outgoing, **values
    )


@pytest.fixture
def channel() -> ScriptedChannel:
    channel = ScriptedChannel()
    channel.capabilities = Capabilities(concurrency=2)
    return channel


@pytest.fixture
def run(channel: ScriptedChannel) -> Run:
    nobody: Any = None
    return Run(nobody, 1, channel, Account(uuid4(), "thu"), nobody, circuit_breaker.Condition())


def send_all(run: Run) -> list[bool]:
    """What the threads do, one after the other; whether each answer called for the database."""
    told: list[bool] = []
    while (first := run.next_work()) is not None:
        run.send(first, told.append)
    return told


def test_a_sender_goes_on_by_itself_until_nothing_is_ready(run: Run, channel: ScriptedChannel) -> None:
    run.add([work(number) for number in range(5)])
    first = run.next_work()
    assert first is not None
    run.send(first, lambda urgent: None)
    assert (len(channel.sent), run.on_the_way, len(run.answers)) == (5, 0, 5)


def test_no_more_are_on_their_way_than_the_channel_bears(run: Run) -> None:
    run.add([work(number) for number in range(5)])
    assert [run.next_work() is None for _ in range(3)] == [False, False, True]


def test_after_an_answer_that_concerns_the_lane_nothing_is_taken_before_the_breaker_heard(
    run: Run, channel: ScriptedChannel
) -> None:
    channel.answers = [Outcome(OutcomeKind.TEMPORARY, reason=Reason.CREDENTIAL)]
    run.add([work(number) for number in range(5)])
    assert (send_all(run), len(channel.sent)) == ([True], 1)
    run.forget(1)
    send_all(run)
    assert len(channel.sent) == 5


def test_what_a_lost_lease_may_have_given_away_is_not_sent(run: Run) -> None:
    run.add([work(1)])
    run.keep(lambda _work: True, LONG_AGO)
    assert run.next_work() is None


def test_what_is_held_by_somebody_else_by_now_is_dropped(run: Run, channel: ScriptedChannel) -> None:
    run.add([work(1), work(2)])
    run.keep(lambda one: one.message_id == 2, time.monotonic() + 10)
    send_all(run)
    assert [sent.body for sent in channel.sent] == ["Nội dung 2"]


def test_a_lane_that_closes_sends_nothing_more(run: Run) -> None:
    run.add([work(1)])
    run.closing = True
    assert (run.next_work(), [one.message_id for one in run.take_ready()]) == (None, [1])


def test_a_slot_in_the_rate_is_waited_for(run: Run) -> None:
    run.add([work(1, distance=timedelta(hours=1)), work(2)])
    assert (run.next_work() is None, run.next_work()) == (False, None)


def test_a_failing_database_loses_no_answer(run: Run) -> None:
    run.add([work(1), work(2)])
    send_all(run)
    heard = run.heard()
    run.add([work(3)])
    send_all(run)
    run.forget(len(heard))
    assert [answer.work.message_id for answer in run.heard()] == [3]


def test_a_quick_provider_is_given_more_at_a_time(
    run: Run, channel: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = run.room()
    run.counted, run.counted_from = 1000, time.monotonic() - 1
    assert (slow, run.room()) == (2 + 2 * worker.AHEAD, 2 + 500)


def test_where_nobody_can_be_asked_only_what_is_sent_at_once_is_claimed(
    run: Run, channel: ScriptedChannel
) -> None:
    channel.capabilities = Capabilities(concurrency=2, claims_ahead=False)
    run.counted, run.counted_from = 1000, time.monotonic() - 1
    before = run.room()
    run.add([work(1)])
    assert (before, run.room()) == (2, 1)


def test_after_a_sender_died_no_more_is_held_than_is_sent_at_once(run: Run) -> None:
    run.careful = True
    assert run.room() == 2


def test_a_lane_is_looked_into_when_its_next_slot_comes(run: Run, channel: ScriptedChannel) -> None:
    channel.capabilities = Capabilities(claims_ahead=False)
    run.add([work(1, distance=timedelta(milliseconds=70))])
    now = time.monotonic()
    assert 0.03 <= run.next_look(now) - now <= 0.05
    assert run.waits_for_slot(now)
    run.add([work(2, distance=timedelta(seconds=5))])
    assert run.next_look(now) - now == pytest.approx(worker.LOOK_AGAIN)
    assert not run.waits_for_slot(now)


def test_a_look_that_came_late_or_took_long_makes_the_next_claim_cover_as_much(
    run: Run, channel: ScriptedChannel
) -> None:
    run.looked(1.0, 1.001)
    prompt = run.at_once
    run.slot_at = 1.5
    run.looked(1.58, 1.68)
    late = run.at_once
    run.looked(9.0, 19.0)
    assert (prompt, run.at_once) == (AT_ONCE, MOST_AT_ONCE)
    assert late.total_seconds() == pytest.approx(0.08 + 0.02 + 0.1)


def test_on_trial_one_is_claimed_and_no_second_before_it_is_settled(run: Run) -> None:
    run.condition = circuit_breaker.Condition(rests=1)
    before = run.room()
    run.add([work(1)])
    send_all(run)
    assert (before, run.room()) == (1, 0)


def test_what_gives_way_is_overtaken_even_when_it_is_claimed(run: Run) -> None:
    run.add([work(1, bulk=True), work(2, bulk=True)])
    run.add([work(3)])
    assert [one.message_id for one in run.waiting()] == [3, 1, 2]


def test_what_gives_way_leaves_half_of_the_places_free(run: Run, channel: ScriptedChannel) -> None:
    channel.capabilities = Capabilities(concurrency=4)
    run.add([work(number, bulk=True) for number in range(4)])
    assert [run.next_work() is None for _ in range(3)] == [False, False, True]
    run.add([work(9)])
    assert run.next_work() is not None


def test_what_gives_way_takes_no_room_while_it_waits(run: Run) -> None:
    room = run.room()
    run.add([work(number, bulk=True) for number in range(2)])
    assert (run.room(), run.bulk_room()) == (room, 0)


def test_what_people_wait_for_is_written_down_without_what_gives_way(run: Run) -> None:
    run.add([work(1)])
    run.add([work(2, bulk=True), work(3, bulk=True)])
    first = run.next_work()
    assert first is not None
    assert first.message_id == 1
    run._hear(worker.Answer(first, Outcome(OutcomeKind.DELIVERED), 0.0, run.account), time.monotonic())
    assert run.is_to_be_settled(time.monotonic())
