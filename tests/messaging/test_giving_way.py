"""Messages of a broadcast give way to all others, in the claim, in the lane's places and in its budget."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.channels.base import Capabilities, Finding, Outcome, OutcomeKind, Reason
from messaging.delivery.claims import claim
from messaging.delivery.worker import Engine
from messaging.models import Call, Contact, Lane, Message
from messaging.models.messages import State
from messaging.relay import process
from tenants.isolation.context import current_province

from .conftest import ScriptedChannel, make_due, write

DONE = (State.ACCEPTED, State.DELIVERED, State.SEEN)
PATIENCE = 10.0


def bulk(contact: Contact, count: int, *, start: int = 0) -> list[Message]:
    """So many of a broadcast, due for an hour."""
    made = [write(contact, subject=f"broadcast:{start + number}") for number in range(count)]
    Message.objects.filter(pk__in=[one.pk for one in made]).update(
        bulk=True, next_attempt_at=Now() - timedelta(hours=1)
    )
    return made


def notices(contact: Contact, count: int) -> list[Message]:
    return [write(contact, subject=f"dossier:{number}") for number in range(count)]


def lane() -> Lane:
    return Lane.objects.get(channel="scripted")


def taken(*args: Any, **kwargs: Any) -> list[int]:
    return [work.message_id for work in claim(lane().pk, *args, **kwargs)]


def test_a_notice_is_claimed_before_a_broadcast_that_waits_longer(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    first, (notice,) = bulk(contact, 2), notices(contact, 1)
    assert taken(scripted, 10) == [notice.pk, *(one.pk for one in first)]


def test_no_more_of_a_broadcast_are_claimed_than_is_said(contact: Contact, scripted: ScriptedChannel) -> None:
    bulk(contact, 5)
    (notice,) = notices(contact, 1)
    assert len(taken(scripted, 10, bulk_limit=2)) == 3
    assert Message.objects.get(pk=notice.pk).state == State.SENDING


def test_a_notice_about_the_same_matter_does_not_wait_for_a_broadcast(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    old, new = write(contact, subject="dossier:1"), write(contact, event="2", subject="dossier:1")
    Message.objects.filter(pk=old.pk).update(bulk=True)
    assert taken(scripted, 10, bulk_limit=0) == [new.pk]


def test_a_broadcast_is_given_no_slots_that_notices_would_want(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    bulk(contact, 5)
    Lane.objects.update(rate=4)
    assert len(taken(scripted, 10)) == 1
    (notice,) = notices(contact, 1)
    (work,) = claim(lane().pk, scripted, 10)
    assert (work.message_id, work.wait <= timedelta(seconds=0.27)) == (notice.pk, True)


def test_a_fifth_of_the_months_budget_is_kept_for_notices(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    bulk(contact, 10)
    Lane.objects.update(monthly_budget=10)
    assert len(taken(scripted, 20)) == 8
    assert taken(scripted, 20) == []
    assert len(notices(contact, 3)) == 3
    assert len(taken(scripted, 20)) == 2


def test_half_of_the_places_are_free_of_a_broadcast(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=4)
    from messaging.delivery.worker import Engine
    from tenants.isolation.context import current_province

    bulk(contact, 12)
    engine = Engine()
    run = engine.start(current_province(), lane().pk, seconds=5)
    assert run is not None
    assert (run.most_bulk, run.claimed) == (2, 4)
    while not engine.idle:
        engine.turn(0.25)
    engine.end()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_all_of_a_broadcast_are_sent_when_nothing_else_is(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    bulk(contact, 40)
    assert process.run_lane(lane().pk, seconds=20).settled == 40


def test_nobody_is_called_about_a_broadcast(contact: Contact, scripted: ScriptedChannel) -> None:
    scripted.answers = [Outcome(OutcomeKind.PERMANENT, "x", "Không có tài khoản.", reason=Reason.NO_ACCOUNT)]
    (message,) = bulk(contact, 1)
    process.run_lane(lane().pk)
    message.refresh_from_db()
    assert (message.state, Call.objects.count()) == (State.FAILED, 0)


def test_where_nobody_knows_whether_it_came_it_is_not_sent_twice(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    """A notice is, after a while: better twice than never. Not what all are told."""
    scripted.answers = [Outcome(OutcomeKind.UNKNOWN, "", "Đứt kết nối.")]
    scripted.findings = [Finding.UNSUPPORTED]
    (message,) = bulk(contact, 1)
    process.run_lane(lane().pk)
    make_due(message)
    process.run_lane(lane().pk)
    make_due(message)
    process.run_lane(lane().pk)
    message.refresh_from_db()
    assert (message.state, len(scripted.sent)) == (State.FAILED, 1)


@pytest.fixture(autouse=True)
def _province(province: Any) -> None:
    pass


def test_a_broadcast_that_comes_while_notices_flow_is_found(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    """The lane is never given back: it looks for a broadcast again by itself, and not with each notice."""
    engine, until = Engine(), time.monotonic() + PATIENCE
    written = notices(contact, 1)
    engine.start(current_province(), lane().pk)
    written.append(write(contact, subject="dossier:1"))
    late: list[Message] = []
    while time.monotonic() < until and not (late and Message.objects.get(pk=late[0].pk).state in DONE):
        engine.turn(0.02)
        if Message.objects.get(pk=written[-1].pk).state in DONE:
            written.append(write(contact, subject=f"dossier:{len(written)}"))
            if len(written) == 4:
                late = bulk(contact, 1)
        if engine.idle:
            break
    engine.close()
    engine.end()
    assert late
    assert (Message.objects.get(pk=late[0].pk).state in DONE, engine.idle) == (True, False)


def test_a_lane_between_two_slots_is_not_taken_for_one_without_a_broadcast(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    scripted.capabilities = Capabilities(can_be_asked=True, claims_ahead=False)
    bulk(contact, 2)
    Lane.objects.update(rate=1)
    engine, until = Engine(), time.monotonic() + PATIENCE
    run = engine.start(current_province(), lane().pk)
    assert run is not None
    between = []
    while run.claimed < 2 and time.monotonic() < until:
        engine.turn(0.02)
        if run.claimed == 1:
            between.append((run.looked_at, run.bulk_look_at))
    engine.close()
    engine.end()
    assert run.claimed == 2
    # The lane was looked into while it waited, in vain, and the next look for a broadcast was not put off.
    assert len({looked for looked, _put_off in between}) > 1
    assert {put_off for _looked, put_off in between} == {0}


def test_no_room_for_a_broadcast_is_no_sign_that_there_is_none(
    contact: Contact, scripted: ScriptedChannel
) -> None:
    """Else an answer that makes room for the next one would bring no look, and the broadcast wait for the beat."""
    scripted.capabilities = Capabilities(can_be_asked=True, concurrency=4, claims_ahead=False)
    answered = threading.Event()
    scripted.on_send = lambda: answered.wait(PATIENCE)
    bulk(contact, 4)
    engine = Engine()
    run = engine.start(current_province(), lane().pk)
    assert run is not None
    assert run.bulk_room() == 0
    engine._claim(run)
    assert run.may_hold_more
    answered.set()
    engine.close()
    while not engine.idle:
        engine.turn(0.02)
    engine.end()
