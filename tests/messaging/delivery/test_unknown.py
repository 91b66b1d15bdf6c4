"""What may have been sent: asked about, awaited, never sent again blindly."""

from datetime import timedelta

from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Contact
from messaging.delivery.results import AWAITED_FOR
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tests.messaging.conftest import ScriptedChannel, make_due, outcomes, run, write

UNKNOWN = Outcome(OutcomeKind.UNKNOWN, "cut")


def asked(contact: Contact, scripted: ScriptedChannel, finding: Finding) -> Message:
    """A message of which nobody knows whether it was sent, after a question that found this."""
    scripted.answers, scripted.findings = [UNKNOWN], [finding]
    message = run(write(contact))
    make_due(message)
    run(message)
    return message


class TestUnknown:
    def test_a_cut_connection_is_asked_about_and_not_sent_again_blindly(self, contact, scripted):
        message = asked(contact, scripted, Finding.DELIVERED)
        assert (message.state, len(scripted.sent)) == (State.DELIVERED, 1)
        assert scripted.asked == [message.tracking_id]
        assert outcomes(message) == [(1, "send", "unknown"), (2, "ask", "delivered")]

    def test_where_nobody_can_tell_it_is_sent_again_after_a_pause(self, contact, scripted):
        message = asked(contact, scripted, Finding.UNSUPPORTED)
        pause = message.next_attempt_at - message.attempt_rows.last().ended_at
        assert (message.state, len(scripted.sent), pause) == (State.DEFERRED, 1, timedelta(minutes=10))
        make_due(message)
        run(message)
        assert [sent.tracking_id for sent in scripted.sent] == [message.tracking_id] * 2

    def test_what_the_channel_will_tell_by_itself_is_awaited_and_rests_no_lane(self, contact, scripted):
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.AWAITED]
        message = run(write(contact))
        Lane.objects.update(failures=0)
        make_due(message)
        run(message)
        lane = Lane.objects.get(pk=message.lane_id)
        assert (message.state, len(scripted.sent), lane.failures) == (State.UNKNOWN, 1, 0)

    def test_what_was_awaited_in_vain_is_told_to_the_desk_and_not_sent_again(self, contact, scripted):
        message = asked(contact, scripted, Finding.AWAITED)
        scripted.findings = [Finding.AWAITED]
        make_due(message)
        Message.objects.update(sent_at=Now() - AWAITED_FOR)
        run(message)
        call = Call.objects.get()
        assert (message.state, len(scripted.sent), call.reason) == (State.FAILED, 1, Call.Reason.UNCERTAIN)

    def test_it_is_awaited_from_when_it_was_sent_however_late_that_was(self, contact, scripted):
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.AWAITED]
        message = write(contact)
        Message.objects.update(not_before=Now() - 2 * AWAITED_FOR)
        run(message)
        make_due(message)
        run(message)
        assert (message.state, Call.objects.count()) == (State.UNKNOWN, 0)

    def test_a_channel_that_raises_counts_as_unknown(self, contact, scripted):
        scripted.answers = [RuntimeError("lỗi của kênh")]
        message = run(write(contact))
        assert (message.state, message.attempt_rows.get().code) == (State.UNKNOWN, "RuntimeError")

    def test_one_who_withdrew_is_still_asked_about(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.DELIVERED]
        message = run(write(contact))
        contacts.withdraw(contact, "scripted")
        make_due(message)
        run(message)
        assert message.state == State.DELIVERED
