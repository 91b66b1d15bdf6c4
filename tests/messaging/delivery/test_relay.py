"""What becomes of messages. Channels are scripted; time passes when the test says so."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from django.db.models.functions import Now

from messaging.channels.base import Outcome, OutcomeKind
from messaging.channels.lanes.lanes import Lease, ensure_lane
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import claim, mark_lapsed
from messaging.outbox.due_lanes import due_lanes
from messaging.outbox.models.messages import Attempt, Message
from tests.messaging.conftest import (
    NUMBER,
    ScriptedChannel,
    agreed,
    let_leases_run_out,
    make_due,
    outcomes,
    run,
    settle,
    write,
)

TEMPORARY = Outcome(OutcomeKind.TEMPORARY, "busy", "Kênh đang bận.")
PERMANENT = Outcome(OutcomeKind.PERMANENT, "-108", "Số này không có tài khoản.")
UNKNOWN = Outcome(OutcomeKind.UNKNOWN, "cut")
DELIVERED = Outcome(OutcomeKind.DELIVERED)
LEASE = timedelta(seconds=30)
# No state of the dossier: it takes no older one's place, and no newer one takes its.
ADDITION = "apology"


def test_a_due_message_reaches_its_reader(contact: Contact, scripted: ScriptedChannel) -> None:
    message = run(write(contact))
    sent = scripted.sent[0]
    assert (sent.tracking_id, sent.address, sent.title) == (message.tracking_id, NUMBER, message.title)
    assert (sent.rows, sent.button_url) == (
        (("Mã hồ sơ", "H15.08-261125-0001"),),
        "http://daklak.localhost/h/abc/",
    )
    assert sent.body == "Kính gửi ông/bà. Gọi 0200 000 0000."
    assert message.state == State.DELIVERED
    assert None not in (message.accepted_at, message.delivered_at, message.finished_at)
    assert outcomes(message) == [(1, "send", "delivered")]


def test_an_accepted_message_is_not_finished(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.answers = [Outcome(OutcomeKind.ACCEPTED)]
    message = run(write(contact))
    assert (message.state, message.finished_at, message.accepted_at is None) == (State.ACCEPTED, None, False)


@pytest.mark.parametrize("stray", ["\0", "\ud800"])
def test_what_no_database_takes_holds_up_nobody(contact, scripted, stray):
    scripted.answers = [
        Outcome(OutcomeKind.ACCEPTED, f"c{stray}", f"d{stray}", provider_id=f"m{stray}-1", way=f"w{stray}")
    ]
    first, second = write(contact, subject="dossier:1"), write(contact, subject="dossier:2")
    run(first)
    second.refresh_from_db()
    assert (first.state, first.provider_id, second.state) == (State.ACCEPTED, "m-1", State.DELIVERED)


def test_a_held_message_waits(contact: Contact, scripted: ScriptedChannel) -> None:
    message = write(contact, hold_seconds=120)
    assert (due_lanes(), lane_loop.run_lane(message.lane_id).settled, scripted.sent) == ([], 0, [])


def test_channels_work_in_threads_that_touch_no_database(contact: Contact, scripted: ScriptedChannel) -> None:
    seen: list[Any] = []
    scripted.on_send = lambda: seen.append((threading.current_thread(), connections["default"].connection))
    run(write(contact))
    assert (seen[0][0] is threading.main_thread(), seen[0][1]) == (False, None)


class TestOrder:
    def test_a_younger_message_waits_for_the_older_one(self, contact, scripted):
        scripted.answers = [TEMPORARY]
        older, younger = (write(contact, event, intent=ADDITION) for event in ("1", "2"))
        run(older)
        assert [message.tracking_id for message in scripted.sent] == [older.tracking_id]
        make_due(older)
        run(older)
        assert [message.tracking_id for message in scripted.sent][1:] == [
            older.tracking_id,
            younger.tracking_id,
        ]

    def test_a_younger_message_waits_for_a_held_one(self, contact, scripted):
        write(contact, "1", intent=ADDITION, hold_seconds=120)
        run(write(contact, "2", intent=ADDITION))
        assert (scripted.sent, due_lanes()) == ([], [])

    def test_a_message_that_failed_holds_nobody_up(self, contact: Contact, scripted: ScriptedChannel) -> None:
        scripted.answers = [PERMANENT]
        write(contact, "1", intent=ADDITION)
        younger = run(write(contact, "2", intent=ADDITION))
        assert younger.state == State.DELIVERED

    def test_another_reader_of_the_subject_is_not_held_up(self, contact, scripted):
        scripted.answers = [TEMPORARY]
        first = run(write(contact, "1"))
        other = run(write(agreed("0905000218"), "1"))
        assert (first.state, other.state) == (State.DEFERRED, State.DELIVERED)


class TestLane:
    def test_one_relay_at_a_time(self, contact: Contact, scripted: ScriptedChannel) -> None:
        message = write(contact)
        Lease(message.lane_id, LEASE).take()
        assert (lane_loop.run_lane(message.lane_id).taken, scripted.sent, due_lanes()) == (False, [], [])

    def test_the_lane_of_a_dead_relay_becomes_free(self, contact: Contact, scripted: ScriptedChannel) -> None:
        message = write(contact)
        Lease(message.lane_id, LEASE).take()
        let_leases_run_out()
        assert lane_loop.run_lane(message.lane_id).settled == 1

    def test_a_relay_that_lost_its_lane_neither_renews_it_nor_gives_it_back(self, contact: Contact) -> None:
        lane_id = write(contact).lane_id
        slow, quick = Lease(lane_id, LEASE), Lease(lane_id, LEASE)
        slow.take()
        let_leases_run_out()
        assert (quick.take(), slow.renew(), quick.renew()) == (True, False, True)
        slow.give_back()
        assert Lane.objects.get(pk=lane_id).lease_token == quick.token

    def test_a_paused_lane_sends_nothing(self, contact: Contact, scripted: ScriptedChannel) -> None:
        message = write(contact)
        Lane.objects.update(state=Lane.State.PAUSED)
        assert (lane_loop.run_lane(message.lane_id).taken, scripted.sent, due_lanes()) == (False, [], [])

    def test_what_was_written_while_the_lane_was_held_is_found_by_a_second_look(
        self, contact: Contact, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lane, _made = ensure_lane("scripted")
        real, written = Lease.give_back, []

        def give_back(lease: Lease) -> None:
            if not written:
                written.append(write(contact))
            real(lease)

        monkeypatch.setattr(Lease, "give_back", give_back)
        assert (lane_loop.run_lane(lane.pk).settled, len(scripted.sent)) == (1, 1)


class TestRefusals:
    def test_at_the_end_of_its_hours_it_fails_with_a_reason(self, contact, scripted):
        scripted.answers = [TEMPORARY]
        message = write(contact)
        Message.objects.update(expires_at=Now())
        run(message)
        assert (message.state, message.problem) == (
            State.FAILED,
            "Đã thử đến hạn mà chưa gửi được. Kênh đang bận.",
        )

    def test_a_row_that_cannot_be_read_fails_and_stops_nobody(self, contact, scripted):
        broken, sound = write(contact, "1"), write(agreed("0905000218"), "1")
        Contact.objects.filter(pk=contact.pk).update(phone=F("phone_index"))
        states = {}
        run(sound)
        for message in (broken, sound):
            states[message.pk] = Message.objects.values_list("state", flat=True).get(pk=message.pk)
        assert states == {broken.pk: State.FAILED, sound.pk: State.DELIVERED}


class TestFencing:
    def test_a_stale_token_changes_nothing(self, contact: Contact, scripted: ScriptedChannel) -> None:
        message = write(contact)
        (stale,) = claim(message.lane_id, scripted, 10)
        let_leases_run_out()
        mark_lapsed(message.lane_id)
        (current,) = claim(message.lane_id, scripted, 10)
        before = Message.objects.values().get(pk=message.pk)
        attempts = Attempt.objects.count()
        assert not settle(scripted, stale, PERMANENT)
        assert (Message.objects.values().get(pk=message.pk), Attempt.objects.count()) == (before, attempts)
        assert settle(scripted, current, DELIVERED)

    def test_a_settled_message_cannot_be_settled_again(self, contact, scripted):
        message = write(contact)
        (work,) = claim(message.lane_id, scripted, 10)
        settle(scripted, work, DELIVERED)
        assert not settle(scripted, work, TEMPORARY)
        message.refresh_from_db()
        assert message.state == State.DELIVERED

    def test_a_late_answer_counts_while_nobody_took_the_message(self, contact, scripted):
        message = write(contact)
        (work,) = claim(message.lane_id, scripted, 10)
        let_leases_run_out()
        mark_lapsed(message.lane_id)
        assert settle(scripted, work, DELIVERED)
        message.refresh_from_db()
        assert message.state == State.DELIVERED

    def test_a_claimed_message_is_claimed_by_nobody_else(self, contact, scripted):
        lane_id = write(contact).lane_id
        claim(lane_id, scripted, 10)
        assert claim(lane_id, scripted, 10) == []
