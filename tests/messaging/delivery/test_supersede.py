"""A newer state takes the place of older ones that nobody was told yet."""

import pytest
from django.db import transaction
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind
from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import claim
from messaging.inbound import delivery_receipts
from messaging.outbox import enqueue
from messaging.outbox.models.messages import SUPERSEDED, Message
from messaging.outbox.models.phone_calls import Call
from tests.messaging.conftest import SUBJECT, ScriptedChannel, agreed, make_due, settle, write

UNKNOWN = Outcome(OutcomeKind.UNKNOWN, "cut")
PERMANENT = Outcome(OutcomeKind.PERMANENT, "-118", "Số này không có tài khoản.")
TEMPORARY = Outcome(OutcomeKind.TEMPORARY, "busy", "Kênh đang bận.")


def states(*messages: Message) -> list[str]:
    found = dict(Message.objects.values_list("pk", "state"))
    return [found[message.pk] for message in messages]


def recall(event: str) -> bool:
    with transaction.atomic():
        return enqueue.recall(SUBJECT, event)


def test_of_two_states_within_the_hold_only_the_last_is_sent(contact, scripted):
    older, newer = write(contact, "1", hold_seconds=120), write(contact, "2")
    lane_loop.run_lane(newer.lane_id)
    older.refresh_from_db()
    assert (older.state, older.problem, older.superseded_by_id) == (
        State.SUPPRESSED,
        str(SUPERSEDED),
        newer.pk,
    )
    assert [sent.tracking_id for sent in scripted.sent] == [newer.tracking_id]


def test_one_that_waits_for_its_next_try_is_not_sent_again(contact, scripted):
    scripted.answers = [TEMPORARY]
    older = write(contact, "1")
    lane_loop.run_lane(older.lane_id)
    newer = write(contact, "2")
    lane_loop.run_lane(newer.lane_id)
    assert states(older, newer) == [State.SUPPRESSED, State.DELIVERED]


def test_one_whose_fate_is_open_holds_the_newer_one_up_no_longer(contact, scripted):
    scripted.answers = [UNKNOWN]
    older = write(contact, "1")
    lane_loop.run_lane(older.lane_id)
    newer = write(contact, "2")
    make_due(newer)
    lane_loop.run_lane(newer.lane_id)
    assert states(older, newer) == [State.UNKNOWN, State.DELIVERED]


def test_one_that_never_arrived_is_not_sent_after_the_newer_one(contact, scripted):
    scripted.answers, scripted.findings = [UNKNOWN], [Finding.ABSENT]
    older = write(contact, "1")
    lane_loop.run_lane(older.lane_id)
    write(contact, "2")
    make_due(older)
    lane_loop.run_lane(older.lane_id)
    lane_loop.run_lane(older.lane_id)
    assert (states(older), len(scripted.sent)) == ([State.SUPPRESSED], 2)


@pytest.mark.parametrize("intent", ["apology", "rescheduled", "correction"])
def test_what_is_no_state_is_told_beside_the_newer_state(contact, scripted, intent):
    addition, newer = write(contact, "1", intent=intent), write(contact, "2")
    assert states(addition, newer) == [State.QUEUED, State.QUEUED]


def test_another_subject_and_another_reader_are_left_alone(contact, scripted):
    elsewhere = write(contact, "1", subject="dossier:khac")
    other = write(agreed("0905000218"), "1")
    write(contact, "2")
    assert states(elsewhere, other) == [State.QUEUED, State.QUEUED]


@pytest.mark.usefixtures("provider_memory")
class TestGivenUpAfterANewerState:
    """The channel had the older one when the newer one was written, and said only afterwards that it failed."""

    def accepted(self, contact: Contact, scripted: ScriptedChannel, intent: str = "received") -> Message:
        scripted.answers = [Outcome(OutcomeKind.ACCEPTED)]
        older = write(contact, "1", channels=None, intent=intent)
        lane_loop.run_lane(older.lane_id)
        return older

    def did_not_arrive(self, message: Message) -> None:
        with transaction.atomic():
            delivery_receipts.apply("scripted", [Receipt(ReceiptKind.UNDELIVERED, message.tracking_id, "")])

    @pytest.mark.parametrize("intent", ["received", "correction"])
    def test_it_does_not_go_on_to_its_next_channel(self, contact, scripted, intent):
        older = self.accepted(contact, scripted)
        newer = write(contact, "2", intent=intent)
        lane_loop.run_lane(newer.lane_id)
        self.did_not_arrive(older)
        older.refresh_from_db()
        assert (older.state, older.problem, older.superseded_by_id) == (
            State.SUPPRESSED,
            str(SUPERSEDED),
            newer.pk,
        )
        assert (older.lane.channel, Call.objects.exists()) == ("scripted", False)

    def test_nor_while_the_newer_one_is_on_its_way(self, contact: Contact, scripted: ScriptedChannel) -> None:
        older = self.accepted(contact, scripted)
        newer = write(contact, "2")
        claim(newer.lane_id, scripted, 1)
        self.did_not_arrive(older)
        assert states(older, newer) == [State.SUPPRESSED, State.SENDING]

    def test_nor_after_somebody_told_the_newer_one_on_the_telephone(self, contact, scripted):
        older = self.accepted(contact, scripted)
        scripted.answers = [PERMANENT]
        newer = write(contact, "2")
        lane_loop.run_lane(newer.lane_id)
        Call.objects.update(outcome=Call.Outcome.INFORMED, settled_at=Now())
        self.did_not_arrive(older)
        assert states(older) == [State.SUPPRESSED]

    @pytest.mark.parametrize(("first", "second"), [("apology", "received"), ("received", "apology")])
    def test_what_is_beside_the_state_is_told_all_the_same(self, contact, scripted, first, second):
        older = self.accepted(contact, scripted, first)
        newer = write(contact, "2", intent=second)
        lane_loop.run_lane(newer.lane_id)
        self.did_not_arrive(older)
        older.refresh_from_db()
        assert (older.state, older.lane.channel) == (State.QUEUED, "mock")

    def test_it_goes_on_after_a_newer_one_that_was_taken_back(self, contact, scripted):
        older = self.accepted(contact, scripted)
        newer = write(contact, "2")
        lane_loop.run_lane(newer.lane_id)
        recall("2")
        self.did_not_arrive(older)
        assert states(older) == [State.QUEUED]

    def test_it_is_told_when_the_newer_one_is_kept_back_before_it_was_sent(self, contact, scripted):
        older = self.accepted(contact, scripted)
        scripted.answers = [TEMPORARY]
        newer = write(contact, "2")
        (work,) = claim(newer.lane_id, scripted, 1)
        self.did_not_arrive(older)
        settle(scripted, work, TEMPORARY)
        assert (recall("2"), states(older)) == (False, [State.QUEUED])


class TestRecall:
    def test_what_a_recalled_state_had_replaced_is_told_after_all(self, contact, scripted):
        older, newer = write(contact, "1", hold_seconds=1), write(contact, "2", hold_seconds=120)
        assert recall("2") is False
        make_due(older)
        lane_loop.run_lane(older.lane_id)
        assert states(older, newer) == [State.DELIVERED, State.SUPPRESSED]

    def test_it_still_waits_for_the_end_of_its_own_hold(self, contact, scripted):
        older = write(contact, "1", hold_seconds=120)
        write(contact, "2", hold_seconds=120)
        recall("2")
        lane_loop.run_lane(older.lane_id)
        assert (states(older), scripted.sent) == ([State.QUEUED], [])

    def test_after_one_that_was_told_it_stays_replaced(self, contact, scripted):
        older = write(contact, "1", hold_seconds=120)
        newer = write(contact, "2")
        lane_loop.run_lane(newer.lane_id)
        assert (recall("2"), states(older)) == (True, [State.SUPPRESSED])

    def test_one_that_is_recalled_itself_does_not_come_back(self, contact, scripted):
        older = write(contact, "1", hold_seconds=120)
        write(contact, "2", hold_seconds=120)
        recall("1")
        recall("2")
        assert states(older) == [State.SUPPRESSED]
