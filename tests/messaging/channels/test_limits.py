"""A lane's rate, its month's budget, its rests and the hours of the province, seen at work."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier, Event
from time import monotonic

import pytest
from django.db.models.functions import Now

from messaging.channels.base import Outcome, OutcomeKind, Reason
from messaging.channels.lanes.circuit_breaker import FAILURES_BEFORE_REST
from messaging.channels.lanes.lanes import set_limits
from messaging.channels.lanes.rate_limit import SLACK
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import MOST_LAPSES, claim, mark_lapsed
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.models.messages import Message, SendingRules
from tenants.clock import VIETNAM
from tests.factories import UserFactory
from tests.messaging.conftest import ScriptedChannel, lane, write

DOWN = Outcome(OutcomeKind.TEMPORARY, "503", "Máy chủ của kênh lỗi.", reason=Reason.PROVIDER)
TOKEN = Outcome(OutcomeKind.TEMPORARY, "-124", "Khóa hết hạn.", reason=Reason.CREDENTIAL)


def some(contact: Contact, count: int) -> list[Message]:
    return [write(contact, subject=f"dossier:{number}") for number in range(count)]


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


class TestRate:
    def test_a_message_is_claimed_when_its_slot_comes(self, contact, scripted):
        some(contact, 4)
        Lane.objects.update(rate=0.1)
        first, second = claim(lane().pk, scripted, 10), claim(lane().pk, scripted, 10)
        Lane.objects.update(next_slot_at=Now())
        assert [len(works) for works in (first, second, claim(lane().pk, scripted, 10))] == [1, 0, 1]

    def test_they_leave_at_the_lanes_rate(self, contact: Contact, scripted: ScriptedChannel) -> None:
        some(contact, 8)
        Lane.objects.update(rate=10)
        begun = monotonic()
        reports = [lane_loop.run_lane(lane().pk)]
        while reports[-1].more:
            reports.append(lane_loop.run_lane(lane().pk))
        assert sum(report.settled for report in reports) == 8
        assert monotonic() - begun >= 7 * SLACK / 10

    def test_attempts_whose_threads_wake_together_keep_the_distance(self) -> None:
        departures, halt = lane_loop.Departures(), Event()
        together, left = Barrier(4), []

        def leave() -> None:
            together.wait(5)
            departures.wait(timedelta(seconds=0.05), halt)
            left.append(monotonic())

        with ThreadPoolExecutor(4) as pool:
            for _number in range(4):
                pool.submit(leave)
        assert left[-1] - left[0] >= 0.12

    def test_a_lane_that_waits_for_its_slots_gives_way_to_others(self, contact, scripted):
        some(contact, 40)
        Lane.objects.update(rate=1)
        assert lane_loop.run_lane(lane().pk, seconds=60).more


class TestBudget:
    def test_no_more_than_the_budget_is_sent(self, contact: Contact, scripted: ScriptedChannel) -> None:
        some(contact, 5)
        set_limits(lane(), rate=None, monthly_budget=3, actor=UserFactory())
        lane_loop.run_lane(lane().pk)
        assert (len(scripted.sent), states().count(State.QUEUED), lane().spent) == (3, 2, 3)

    def test_what_was_not_sent_costs_nothing(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [DOWN]
        some(contact, 1)
        Lane.objects.update(monthly_budget=3)
        lane_loop.run_lane(lane().pk)
        assert lane().spent == 0

    def test_a_new_month_has_a_new_budget(self, contact: Contact, scripted: ScriptedChannel) -> None:
        some(contact, 2)
        Lane.objects.update(monthly_budget=1, spent=1, spent_month="2020-01-01")
        lane_loop.run_lane(lane().pk)
        assert (len(scripted.sent), lane().spent) == (1, 1)


class TestRests:
    def test_after_failures_in_a_row_the_others_are_not_tried(self, contact, scripted):
        scripted.answers = [DOWN] * 100
        some(contact, 60)
        lane_loop.run_lane(lane().pk)
        assert len(scripted.sent) <= FAILURES_BEFORE_REST + 3 * scripted.capabilities.concurrency
        assert (due_lanes(), lane().trouble) == ([], "Máy chủ của kênh lỗi.")

    def test_after_the_rest_one_message_tries_and_then_all_go(self, contact, scripted):
        scripted.answers = [TOKEN]
        some(contact, 30)
        lane_loop.run_lane(lane().pk)
        Lane.objects.update(rests_until=Now())
        Message.objects.update(next_attempt_at=Now())
        lane_loop.run_lane(lane().pk)
        assert (set(states()), lane().trouble, lane().rests) == ({State.DELIVERED}, "", 0)


@pytest.mark.real_clock
class TestHours:
    """Messages are written by the portal's clock and claimed by the database's, so neither is frozen."""

    @staticmethod
    def closed_now() -> None:
        """Hours that do not hold the present moment of the database."""
        hour = datetime.now(VIETNAM).hour
        opens = time((hour + 3) % 24 if hour < 20 else 1)
        SendingRules.objects.update(window_from=opens, window_until=opens.replace(minute=30))

    def test_fresh_news_is_told_at_any_hour(self, contact: Contact, scripted: ScriptedChannel) -> None:
        self.closed_now()
        some(contact, 1)
        lane_loop.run_lane(lane().pk)
        assert states() == [State.DELIVERED]

    def test_what_an_outage_delayed_waits_for_the_hours(self, contact, scripted):
        self.closed_now()
        some(contact, 1)
        Message.objects.update(not_before=Now() - timedelta(hours=1))
        lane_loop.run_lane(lane().pk)
        later = Message.objects.filter(next_attempt_at__gt=Now() + timedelta(minutes=30))
        assert (states(), scripted.sent, later.exists()) == ([State.QUEUED], [], True)

    def test_what_can_wait_is_written_for_the_hours(self, contact, scripted):
        self.closed_now()
        message = write(contact, intent="rescheduled")
        stored = Message.objects.get(pk=message.pk)
        held = stored.not_before - stored.created_at
        assert (held > timedelta(minutes=30), stored.expires_at - stored.not_before) == (
            True,
            timedelta(hours=24),
        )


def test_a_message_under_which_relays_keep_dying_is_given_up(contact, scripted):
    (message,) = some(contact, 1)
    for _ in range(MOST_LAPSES):
        claim(lane().pk, scripted, 1)
        Message.objects.update(state=State.SENDING, lease_until=Now() - timedelta(seconds=1))
        mark_lapsed(lane().pk)
    message.refresh_from_db()
    assert (message.state, message.call.reason) == (State.FAILED, "uncertain")
