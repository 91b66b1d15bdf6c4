"""What messages cost, and a month's money: what costs nothing goes on when it is spent."""

from dataclasses import replace

import pytest

from messaging.channels.base import Account, Outcome, OutcomeKind, OutgoingMessage, registry
from messaging.channels.lanes import lanes
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop, monitoring
from messaging.outbox.wording import Rendered
from tenants import clock
from tests.factories import UserFactory
from tests.messaging.conftest import ScriptedChannel, lane, run, write

PAID = Outcome(OutcomeKind.ACCEPTED, way="form", cost=200)
NO_MONEY = Outcome(OutcomeKind.PERMANENT, "money", "Đã hết số tiền của tháng.")


class PaidChannel(ScriptedChannel):
    """Has one free way, to those whose title says so, and one that costs."""

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        self.sent.append(message)
        if message.title == "Miễn phí":
            return replace(PAID, way="chat", cost=0)
        return PAID if message.may_cost else NO_MONEY


@pytest.fixture
def paid(scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> PaidChannel:
    channel = PaidChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    return channel


def test_what_the_provider_takes_is_added_up(contact: Contact, paid: PaidChannel) -> None:
    for number in range(3):
        run(write(contact, subject=f"dossier:{number}"))
    assert lane().money_spent == 600


@pytest.mark.parametrize(("kind", "spent"), [(OutcomeKind.PERMANENT, 0), (OutcomeKind.UNKNOWN, 200)])
def test_what_may_have_arrived_may_have_to_be_paid_for(contact, scripted, kind, spent):
    scripted.answers = [Outcome(kind, "cut", cost=200)]
    run(write(contact))
    assert lane().money_spent == spent


class TestSpent:
    @pytest.fixture(autouse=True)
    def spent(self, contact: Contact, paid: PaidChannel) -> None:
        write(contact, "0")
        lane_loop.run_lane(lane().pk)
        lanes.set_limits(lane(), rate=None, monthly_budget=None, money_limit=200, actor=UserFactory())

    def test_free_ways_still_go(self, contact: Contact, paid: PaidChannel) -> None:
        free = run(write(contact, "1", subject="dossier:1", rendered=Rendered("Miễn phí", "Lời.")))
        assert (free.state, paid.sent[-1].may_cost) == (State.ACCEPTED, False)

    def test_without_a_free_way_the_next_channel_takes_over(self, contact, paid, provider_memory):
        message = run(write(contact, "1", subject="dossier:1", channels=["scripted", "mock"]))
        assert (message.lane.channel, message.problem) == ("mock", "Đã hết số tiền của tháng.")

    def test_the_lane_does_not_rest_for_it(self, contact: Contact, paid: PaidChannel) -> None:
        run(write(contact, "1", subject="dossier:1"))
        assert lane().rests == 0

    def test_a_new_month_has_new_money(self, contact: Contact, paid: PaidChannel) -> None:
        Lane.objects.update(spent_month="2020-01-01")
        assert run(write(contact, "1", subject="dossier:1")).state == State.ACCEPTED
        assert (lane().money_spent, lane().spent_month) == (200, clock.today().replace(day=1))

    def test_operators_are_told(self) -> None:
        assert any("hết số tiền của tháng" in text for text in monitoring._lane_faults(monitoring.lanes()[0]))
