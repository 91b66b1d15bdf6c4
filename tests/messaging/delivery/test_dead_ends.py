"""Nothing is lost, sent twice or told in the wrong order where two things happen at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason
from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import claim, give_back
from messaging.delivery.relay import housekeeping
from messaging.inbound import delivery_receipts
from messaging.outbox import enqueue
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.enqueue import cancel_for_subject
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tests.factories import UserFactory
from tests.messaging.conftest import SUBJECT, ScriptedChannel, let_leases_run_out, make_due, settle, write

UNKNOWN = Outcome(OutcomeKind.UNKNOWN, "cut")
PERMANENT = Outcome(OutcomeKind.PERMANENT, "-118", "Số này không có tài khoản.")
BUSY = Outcome(OutcomeKind.TEMPORARY, "429", "Quá nhiều.", reason=Reason.RATE_LIMIT)
LONG_AGO = timedelta(days=3)


pytestmark = pytest.mark.usefixtures("provider_memory")


def state(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def stop(contact: Contact, *keep: str) -> None:
    with transaction.atomic():
        cancel_for_subject(SUBJECT, contact, keep)


class TestUnserved:
    def test_the_unknown_in_a_paused_lane_ends_with_a_call(self, contact, scripted):
        scripted.answers = [UNKNOWN]
        message = write(contact)
        lane_loop.run_lane(message.lane_id)
        Lane.objects.update(state=Lane.State.PAUSED)
        Message.objects.update(expires_at=Now() - LONG_AGO)
        housekeeping.tidy()
        assert (state(message), Call.objects.get().reason) == (State.FAILED, "uncertain")

    def test_what_a_relay_died_over_becomes_unknown_in_a_paused_lane_too(self, contact, scripted):
        message = write(contact)
        claim(message.lane_id, scripted, 1)
        Lane.objects.update(state=Lane.State.PAUSED)
        let_leases_run_out()
        housekeeping.free_unserved()
        assert state(message) == State.UNKNOWN


class TestGivingUpAChannel:
    def test_what_is_on_its_way_goes_on_over_the_channel_that_is_kept(self, contact, scripted):
        message = write(contact, channels=None)
        (work,) = claim(message.lane_id, scripted, 1)
        stop(contact, "mock")
        settle(scripted, work, PERMANENT)
        message.refresh_from_db()
        lane_loop.run_lane(message.lane_id)
        assert state(message) == State.DELIVERED

    def test_what_was_not_sent_after_all_ends_with_a_call_and_is_not_sent(self, contact, scripted):
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.ABSENT]
        message = write(contact)
        lane_loop.run_lane(message.lane_id)
        stop(contact)
        for _ in range(2):
            make_due(message)
            lane_loop.run_lane(message.lane_id)
        assert (state(message), len(scripted.sent), Call.objects.count()) == (State.SUPPRESSED, 1, 1)

    def test_a_held_message_keeps_its_hold_on_the_next_channel(self, contact, scripted):
        message = write(contact, channels=None, hold_seconds=120)
        stop(contact, "mock")
        message.refresh_from_db()
        assert (message.lane.channel, message.next_attempt_at) == ("mock", message.not_before)

    def test_a_recalled_one_gives_nobody_to_call(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.UNSUPPORTED]
        message = write(contact)
        lane_loop.run_lane(message.lane_id)
        with transaction.atomic():
            enqueue.recall(SUBJECT, "1")
        make_due(message)
        lane_loop.run_lane(message.lane_id)
        stop(contact)
        assert (state(message), Call.objects.count()) == (State.SUPPRESSED, 0)

    def test_what_may_have_arrived_is_not_sent_over_another(self, contact, scripted):
        scripted.answers, scripted.findings = [UNKNOWN], [Finding.UNSUPPORTED]
        message = write(contact, channels=None)
        for _ in range(2):
            make_due(message)
            lane_loop.run_lane(message.lane_id)
        stop(contact, "mock")
        message.refresh_from_db()
        assert (message.lane.channel, Call.objects.get().reason) == ("scripted", "uncertain")


class TestOrder:
    def test_who_read_a_notice_that_counts_as_failed_is_told_of_its_recall(self, contact, scripted):
        write(contact)
        Message.objects.update(state=State.FAILED, delivered_at=Now())
        with transaction.atomic():
            assert enqueue.recall(SUBJECT, "1")


class TestSendingAgain:
    def failed(self, contact: Contact, **changes: Any) -> Message:
        message = write(contact)
        Message.objects.filter(pk=message.pk).update(state=State.FAILED, **changes)
        return message

    def test_not_what_arrived_after_all(self, contact: Contact, scripted: ScriptedChannel) -> None:
        assert not enqueue.send_again(self.failed(contact, delivered_at=Now()), UserFactory())

    def test_the_channel_is_asked_about_the_new_try_and_not_about_the_old(
        self, contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scripted.answers = [Outcome(OutcomeKind.ACCEPTED, provider_id="m-1"), UNKNOWN]
        message = write(contact)
        lane_loop.run_lane(message.lane_id)
        with transaction.atomic():
            delivery_receipts.apply(
                "scripted", [Receipt(ReceiptKind.UNDELIVERED, message.tracking_id, "m-1")]
            )
        enqueue.send_again(message, UserFactory())
        lane_loop.run_lane(message.lane_id)
        make_due(message)
        asked: list[str] = []
        monkeypatch.setattr(
            ScriptedChannel,
            "reconcile_unknown",
            lambda _self, _account, question: asked.append(question.provider_id) or Finding.LATER,
        )
        lane_loop.run_lane(message.lane_id)
        assert asked == [""]

    @pytest.mark.parametrize("answers", [[], [PERMANENT]], ids=["sent", "told on the telephone"])
    def test_not_an_old_state_after_a_newer_one(self, contact, scripted, answers):
        scripted.answers = answers
        old, newer = self.failed(contact), write(contact, "2")
        lane_loop.run_lane(newer.lane_id)
        Call.objects.update(outcome=Call.Outcome.INFORMED, settled_at=Now())
        assert not enqueue.send_again(old, UserFactory())


class TestLimits:
    def test_trouble_with_the_account_never_fails_a_message(self, contact, scripted):
        message = write(contact)
        Message.objects.update(attempts=1000)
        (work,) = claim(message.lane_id, scripted, 1)
        settle(scripted, work, BUSY)
        assert state(message) == State.DEFERRED

    def test_what_is_given_back_costs_nothing(self, contact: Contact, scripted: ScriptedChannel) -> None:
        lane_id = write(contact).lane_id
        give_back(lane_id, claim(lane_id, scripted, 1))
        assert Lane.objects.get(pk=lane_id).spent == 0

    def test_a_lane_that_can_take_nothing_now_is_not_due(self, contact, scripted):
        lane_id = write(contact).lane_id
        Lane.objects.update(rate=0.01, next_slot_at=Now() + timedelta(seconds=90))
        assert (lane_loop.run_lane(lane_id).more, due_lanes()) == (False, [])
