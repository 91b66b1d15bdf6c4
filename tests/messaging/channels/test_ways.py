"""A channel with several ways to a reader: what it is told, and what becomes of a way that is closed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.channels.base import Finding, Outcome, OutcomeKind, Question, Reason
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts import contacts, followers
from messaging.contacts.models import Contact, Follower
from messaging.delivery.claims import claim
from messaging.delivery.results import FIRST_QUESTION
from messaging.inbound import privacy
from messaging.outbox import enqueue
from messaging.outbox.models.messages import Message
from tests.factories import UserFactory
from tests.messaging.conftest import (
    NUMBER,
    SUBJECT,
    ScriptedChannel,
    agreed,
    let_leases_run_out,
    make_due,
    run,
    write,
)

OTHER_SUBJECT = "dossier:H15.08-261125-0002"

CHAT_CLOSED = Outcome(
    OutcomeKind.PERMANENT, "-230", "Đã quá 7 ngày.", reason=Reason.OUTSIDE_WINDOW, way="chat", next_way=True
)
BY_ID_CLOSED = replace(CHAT_CLOSED, code="-249", way="by_id")
REFUSED = Outcome(OutcomeKind.PERMANENT, "-118", "Số này không có tài khoản.", way="by_phone")


@pytest.fixture
def chatty(scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> ScriptedChannel:
    """Reaches people at an address of its own, or else at their telephone number."""
    monkeypatch.setattr(ScriptedChannel, "address_kind", "chat_id")
    monkeypatch.setattr(ScriptedChannel, "typed_at_desk", False)
    monkeypatch.setattr(ScriptedChannel, "falls_back_on_phone", True)
    return scripted


def linked(contact: Contact, **about: Any) -> Follower:
    """A reader who is told what this contact is told about SUBJECT."""
    reader = Follower.objects.create(**{"channel": "scripted", "account": "chinh", "address": "u-1", **about})
    assert followers.link(reader, SUBJECT, contact, "mã liên kết")
    return reader


class TestClosedWays:
    def test_a_closed_way_counts_as_no_failure(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [CHAT_CLOSED]
        message = write(contact)
        Message.objects.update(attempts=299)
        assert (run(message).state, lane_of(message).rests) == (State.DELIVERED, 0)

    def test_a_way_that_is_closed_twice_is_the_channel_s_mistake(self, contact, scripted):
        scripted.answers = [CHAT_CLOSED] * 10
        message = run(write(contact))
        assert (message.state, len(scripted.sent)) == (State.FAILED, 2)

    def test_without_a_name_no_way_is_closed(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [replace(CHAT_CLOSED, way="")]
        assert run(write(contact)).state == State.FAILED

    def test_past_its_hours_no_other_way_is_tried(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [CHAT_CLOSED]
        message = write(contact)
        Message.objects.update(expires_at=Now())
        assert (run(message).state, len(scripted.sent)) == (State.FAILED, 1)

    def test_the_next_channel_begins_anew(self, contact, scripted, provider_memory):
        scripted.answers = [CHAT_CLOSED, REFUSED]
        message = run(write(contact, channels=["scripted", "mock"]))
        assert (message.lane.channel, message.ways_done) == ("mock", [])

    def test_by_hand_all_ways_are_tried_again(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [CHAT_CLOSED, REFUSED]
        message = run(write(contact))
        enqueue.send_again(message, UserFactory())
        assert (run(message).state, scripted.sent[-1].ways_done) == (State.DELIVERED, frozenset())

    def test_what_a_channel_bears_only_so_often_is_final_then(self, contact, scripted):
        again = Outcome(OutcomeKind.TEMPORARY, "-1123", "Chưa tạo được mã QR.", most_tries=2)
        scripted.answers = [CHAT_CLOSED, *[again] * 5]
        message = run(write(contact))
        assert message.state == State.DEFERRED
        make_due(message)
        assert (run(message).state, len(scripted.sent)) == (State.FAILED, 3)


class TestReaders:
    def test_a_channel_that_does_not_fall_back_needs_its_own_address(self, contact, chatty, monkeypatch):
        monkeypatch.setattr(ScriptedChannel, "falls_back_on_phone", False)
        assert contacts.reachable_channels(contact, SUBJECT, ["scripted"]) == []
        linked(contact)
        assert contacts.reachable_channels(contact, SUBJECT, ["scripted"]) == ["scripted"]
        assert contacts.reachable_channels(contact, OTHER_SUBJECT, ["scripted"]) == []

    def test_a_channel_of_telephone_numbers_is_told_them_once(self, contact, scripted):
        run(write(contact))
        assert (scripted.sent[0].address, scripted.sent[0].phone) == (NUMBER, "")

    def test_who_was_forgotten_is_reached_nowhere(self, contact: Contact, chatty: ScriptedChannel) -> None:
        linked(contact)
        privacy.erase(contact, None)
        contact.refresh_from_db()
        assert contacts.reachable_channels(contact, SUBJECT, ["scripted"]) == []

    def test_how_long_ago_they_spoke_is_told(self, contact: Contact, chatty: ScriptedChannel) -> None:
        linked(contact, last_heard_at=Now() - timedelta(hours=3))
        run(write(contact))
        ago = chatty.sent[0].heard_ago
        assert ago is not None
        assert timedelta(hours=3) <= ago < timedelta(hours=3, minutes=1)

    def test_who_spoke_to_another_account_did_not_speak_to_this_one(self, contact, chatty):
        linked(contact, account="khac", last_heard_at=Now())
        run(write(contact))
        assert (chatty.sent[0].address, chatty.sent[0].heard_ago) == ("", None)

    def test_what_another_number_is_told_about_the_same_does_not_go_there(self, contact, chatty):
        linked(contact, last_heard_at=Now())
        run(write(agreed("0905000218")))
        assert (chatty.sent[0].address, chatty.sent[0].phone) == ("", "0905000218")

    def test_one_address_that_no_key_opens_stops_nobody(self, contact, chatty):
        linked(contact)
        Follower.objects.update(address="")
        assert run(write(contact)).state == State.DELIVERED


class TestQuestions:
    @pytest.fixture
    def asked(self, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> list[Question]:
        heard: list[Question] = []

        def ask(channel: Any, account: Any, question: Question) -> Finding:
            heard.append(question)
            return Finding.DELIVERED

        monkeypatch.setattr(ScriptedChannel, "reconcile_unknown", ask)
        return heard

    def test_what_may_have_been_sent_is_asked_about_with_all_that_is_known(self, contact, scripted, asked):
        scripted.answers = [CHAT_CLOSED, Outcome(OutcomeKind.UNKNOWN, "cut", way="by_id", provider_id="m-1")]
        message = run(write(contact))
        make_due(message)
        run(message)
        (question,) = asked
        assert (question.tracking_id, question.way, question.provider_id) == (
            message.tracking_id,
            "by_id",
            "m-1",
        )
        assert question.message is not None
        assert (question.message.address, timedelta(0) < question.age < timedelta(minutes=1)) == (
            NUMBER,
            True,
        )

    def test_so_is_an_accepted_one_of_which_no_word_came(self, contact, scripted, asked):
        scripted.answers = [Outcome(OutcomeKind.ACCEPTED, way="chat", provider_id="m-2")]
        message = run(write(contact))
        make_due(message)
        run(message)
        (question,) = asked
        assert (question.way, question.provider_id, question.message.title) == ("chat", "m-2", message.title)  # type: ignore[union-attr]
        assert FIRST_QUESTION > question.age >= question.sent_ago > timedelta(0)

    def test_what_a_relay_died_over_is_looked_for_since_it_was_sent(self, contact, scripted, asked):
        message = write(contact)
        claim(message.lane_id, scripted, 1)
        Message.objects.update(sent_at=Now() - timedelta(hours=3))
        let_leases_run_out()
        run(message)
        (question,) = asked
        assert min(question.age, question.sent_ago) >= timedelta(hours=3)

    def test_a_channel_left_behind_is_not_asked_about_the_next_one_s_way(
        self, contact: Contact, scripted: ScriptedChannel, asked: list[Question], provider_memory: Any
    ) -> None:
        scripted.answers = [Outcome(OutcomeKind.ACCEPTED, way="chat")]
        message = run(write(contact))
        message.attempt_rows.model.objects.create(
            message=message, number=2, channel="mock", way="elsewhere", ended_at=message.created_at,
            outcome="accepted",
        )  # fmt: skip
        make_due(message)
        run(message)
        assert asked[0].way == "chat"


def lane_of(message: Message) -> Lane:
    return Lane.objects.get(pk=message.lane_id)
