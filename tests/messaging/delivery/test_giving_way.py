"""Messages of a broadcast give way to all others, in the claim, in the lane's places and in its budget."""

import threading
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.channels.base import Capabilities, Finding, Outcome, OutcomeKind, Reason
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import claim
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tests.messaging.conftest import ScriptedChannel, lane, make_due, write

DONE = (State.ACCEPTED, State.DELIVERED, State.SEEN)
PATIENCE = 10.0


def bulk(contact: Contact, count: int, *, start: int = 0) -> list[Message]:
    made = [write(contact, subject=f"broadcast:{start + number}") for number in range(count)]
    Message.objects.filter(pk__in=[one.pk for one in made]).update(
        bulk=True, next_attempt_at=Now() - timedelta(hours=1)
    )
    return made


def notices(contact: Contact, count: int) -> list[Message]:
    return [write(contact, subject=f"dossier:{number}") for number in range(count)]


def taken(*args: Any, **kwargs: Any) -> list[int]:
    return [work.message_id for work in claim(lane().pk, *args, **kwargs)]


def test_a_notice_is_claimed_before_a_broadcast_that_waits_longer(contact, scripted):
    first, (notice,) = bulk(contact, 2), notices(contact, 1)
    assert taken(scripted, 10) == [notice.pk, *(one.pk for one in first)]


def test_no_more_of_a_broadcast_are_claimed_than_is_said(contact: Contact, scripted: ScriptedChannel) -> None:
    bulk(contact, 5)
    (notice,) = notices(contact, 1)
    assert len(taken(scripted, 10, bulk_limit=2)) == 3
    assert Message.objects.get(pk=notice.pk).state == State.SENDING


def test_a_broadcast_has_no_places_beside_those_of_its_lane(contact, scripted):
    """A lane on trial sends one message, and not one more of a broadcast."""
    bulk(contact, 2)
    (notice,) = notices(contact, 1)
    assert taken(scripted, 1, bulk_limit=1) == [notice.pk]


def test_a_notice_about_the_same_matter_does_not_wait_for_a_broadcast(contact, scripted):
    old, new = write(contact, subject="dossier:1"), write(contact, event="2", subject="dossier:1")
    Message.objects.filter(pk=old.pk).update(bulk=True)
    assert taken(scripted, 10, bulk_limit=0) == [new.pk]


def test_a_broadcast_is_given_no_slots_that_notices_would_want(contact, scripted):
    bulk(contact, 5)
    Lane.objects.update(rate=10)
    assert len(taken(scripted, 10)) == 3
    (notice,) = notices(contact, 1)
    Lane.objects.update(next_slot_at=Now())
    assert taken(scripted, 10)[0] == notice.pk


def test_a_fifth_of_the_months_budget_is_kept_for_notices(contact, scripted):
    bulk(contact, 10)
    Lane.objects.update(monthly_budget=10)
    assert len(taken(scripted, 20)) == 8
    assert taken(scripted, 20) == []
    assert len(notices(contact, 3)) == 3
    assert len(taken(scripted, 20)) == 2


def test_half_of_the_places_are_free_of_a_broadcast(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=4)
    together = threading.Barrier(3)
    met: list[bool] = []

    def meet() -> None:
        try:
            together.wait(0.3)
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)

    scripted.on_send = meet
    bulk(contact, 3)
    lane_loop.run_lane(lane().pk)
    assert met == [False] * 3


def test_all_of_a_broadcast_are_sent_when_nothing_else_is(contact, scripted):
    bulk(contact, 40)
    assert lane_loop.run_lane(lane().pk, seconds=20).settled == 40


def test_nobody_is_called_about_a_broadcast(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.answers = [Outcome(OutcomeKind.PERMANENT, "x", "Không có tài khoản.", reason=Reason.NO_ACCOUNT)]
    (message,) = bulk(contact, 1)
    lane_loop.run_lane(lane().pk)
    message.refresh_from_db()
    assert (message.state, Call.objects.count()) == (State.FAILED, 0)


def test_where_nobody_knows_whether_it_came_it_is_not_sent_twice(contact, scripted):
    """A notice is, after a while: better twice than never. Not what all are told."""
    scripted.answers = [Outcome(OutcomeKind.UNKNOWN, "", "Đứt kết nối.")]
    scripted.findings = [Finding.UNSUPPORTED]
    (message,) = bulk(contact, 1)
    lane_loop.run_lane(lane().pk)
    make_due(message)
    lane_loop.run_lane(lane().pk)
    make_due(message)
    lane_loop.run_lane(lane().pk)
    message.refresh_from_db()
    assert (message.state, len(scripted.sent)) == (State.FAILED, 1)
