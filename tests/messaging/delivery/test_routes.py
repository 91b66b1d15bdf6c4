"""A message goes over the channels its reader agreed to, one after the other; then somebody calls."""

import pytest
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind
from messaging.channels.lanes import retry_policy
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.relay import housekeeping
from messaging.outbox import enqueue
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tests.factories import UserFactory
from tests.messaging.conftest import ScriptedChannel, make_due, run, write

PERMANENT = Outcome(OutcomeKind.PERMANENT, "-118", "Số này không có tài khoản.")
UNKNOWN = Outcome(OutcomeKind.UNKNOWN, "cut")
pytestmark = pytest.mark.usefixtures("provider_memory")

TEMPORARY = Outcome(OutcomeKind.TEMPORARY, "busy", "Kênh đang bận.")


def both(contact: Contact) -> Message:
    """A message that may go over both channels."""
    return write(contact, channels=None)


def drain(message: Message) -> Message:
    """Work on whatever lane the message is in, until it moves no more."""
    for _ in range(4):
        message.refresh_from_db()
        lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    return message


def reasons() -> list[tuple[str, str]]:
    return list(Call.objects.values_list("reason", "problem"))


def test_a_message_begins_on_the_first_channel_and_knows_the_others(contact, scripted):
    message = both(contact)
    assert (message.lane.channel, message.route) == ("scripted", ["mock"])


def test_what_one_channel_refuses_goes_over_the_next_under_the_same_id(contact, scripted):
    scripted.answers = [PERMANENT]
    message = drain(both(contact))
    assert (message.state, message.lane.channel, message.route) == (State.DELIVERED, "mock", [])
    assert list(message.attempt_rows.values_list("channel", "outcome")) == [
        ("scripted", "permanent"),
        ("mock", "delivered"),
    ]
    assert reasons() == []


def test_what_the_last_channel_refuses_is_told_by_telephone(contact, scripted):
    scripted.answers = [PERMANENT]
    message = drain(write(contact))
    assert (message.state, reasons()) == (State.FAILED, [("failed", "Số này không có tài khoản.")])


def test_what_may_have_arrived_is_not_sent_over_another_channel(contact, scripted):
    scripted.answers, scripted.findings = [UNKNOWN], [Finding.LATER]
    message = both(contact)
    lane_loop.run_lane(message.lane_id)
    make_due(message)
    Message.objects.update(expires_at=Now())
    drain(message)
    assert (message.state, message.lane.channel, [reason for reason, _ in reasons()]) == (
        State.FAILED,
        "scripted",
        ["uncertain"],
    )


def test_who_withdrew_from_one_channel_is_reached_over_the_other(contact, scripted):
    message = both(contact)
    contacts.withdraw(contact, "scripted", how="thử")
    drain(message)
    assert (message.state, message.lane.channel, scripted.sent) == (State.DELIVERED, "mock", [])


def test_who_withdrew_everywhere_is_called(contact: Contact, scripted: ScriptedChannel) -> None:
    message = both(contact)
    contacts.withdraw(contact, how="thử")
    drain(message)
    assert (message.state, scripted.sent) == (State.SUPPRESSED, [])
    assert [reason for reason, _ in reasons()] == ["no_consent"]


def test_a_channel_that_is_switched_off_meanwhile_is_passed_over(contact, scripted, settings):
    scripted.answers = [PERMANENT]
    message = both(contact)
    settings.MESSAGING_CHANNELS = ["scripted"]
    drain(message)
    assert message.state == State.FAILED


class TestHandingOn:
    @pytest.mark.parametrize(
        ("lane", "waited", "channel"),
        [("paused", True, "mock"), ("paused", False, "scripted"), ("active", True, "scripted")],
    )
    def test_a_paused_lane_alone_gives_its_messages_on_after_a_while(
        self, contact: Contact, scripted: ScriptedChannel, lane: str, waited: bool, channel: str
    ) -> None:
        message = both(contact)
        Lane.objects.filter(channel="scripted").update(state=lane)
        Message.objects.update(not_before=Now() - waited * retry_policy.PATIENCE)
        housekeeping.tidy()
        message.refresh_from_db()
        assert message.lane.channel == channel


class TestExpiry:
    def test_a_stale_message_is_not_sent_but_told_by_telephone(self, contact, scripted):
        message = write(contact)
        Message.objects.update(expires_at=Now() - retry_policy.PATIENCE)
        run(message)
        assert (message.state, scripted.sent, [reason for reason, _ in reasons()]) == (
            State.EXPIRED,
            [],
            ["expired"],
        )

    def test_it_expires_also_in_a_lane_that_is_paused(self, contact, scripted):
        message = write(contact)
        Lane.objects.update(state=Lane.State.PAUSED)
        Message.objects.update(expires_at=Now() - retry_policy.PATIENCE)
        housekeeping.tidy()
        message.refresh_from_db()
        assert message.state == State.EXPIRED

    def test_it_may_be_sent_again_by_hand(self, contact: Contact, scripted: ScriptedChannel) -> None:
        message = write(contact)
        Message.objects.update(expires_at=Now() - retry_policy.PATIENCE)
        housekeeping.tidy()
        assert enqueue.send_again(message, UserFactory())
        make_due(message)
        run(message)
        assert message.state == State.DELIVERED
        assert Call.objects.get().outcome == Call.Outcome.NEEDLESS
