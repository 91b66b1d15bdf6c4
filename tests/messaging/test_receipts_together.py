"""Word of many messages at once: dealt with by the handful, and none of it is lost where one trips up.

People are invented.
"""

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from messaging import inbound, receipts
from messaging.channels.base import Receipt
from messaging.channels.mock import callbacks
from messaging.lanes import ensure_lane
from messaging.models import Attempt, Call, Contact, InboundEvent, Message
from messaging.states import State
from tenants.context import current_province

from .conftest import Hints, write

NEW, DONE = InboundEvent.State.NEW, InboundEvent.State.DONE


@pytest.fixture(autouse=True)
def _ready(contact: Contact, hints: Hints) -> None:
    ensure_lane("mock")


def accepted(contact: Contact, count: int) -> list[Message]:
    """So many messages that the provider has, each about something else."""
    made = [write(contact, str(number), subject=f"dossier:{number}") for number in range(count)]
    Message.objects.update(state=State.ACCEPTED, attempts=1)
    return made


def arrived(message: Message, event: str = "delivered", **fields: str) -> InboundEvent:
    told = {"event": event, "tracking_id": str(message.tracking_id), **fields}
    raw = callbacks.json.dumps(told).encode()
    signed = {callbacks.SIGNATURE: callbacks.signature(current_province().uuid, "chinh", raw)}
    assert inbound.receive("mock", "chinh", signed, raw) == inbound.Received(new=True)
    return InboundEvent.objects.latest("pk")


def states() -> list[tuple[str, int]]:
    return list(InboundEvent.objects.order_by("pk").values_list("state", "tries"))


def test_ten_cost_a_few_statements_each(contact: Contact) -> None:
    for message in accepted(contact, 10):
        arrived(message)
    with CaptureQueriesContext(connection) as asked:
        assert inbound.work_off() == 10
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.filter(kind=Attempt.Kind.RECEIPT).count() == 10
    assert (set(states()), len(asked) <= 30) == ({(DONE, 1)}, True), len(asked)


def test_more_than_a_handful_are_all_dealt_with(contact: Contact) -> None:
    for message in accepted(contact, inbound.HANDFUL + 3):
        arrived(message)
    assert inbound.work_off(inbound.HANDFUL + 1) == inbound.HANDFUL + 1
    assert inbound.work_off() == 2
    assert not inbound.waiting()


def test_one_that_trips_up_keeps_back_no_other(contact: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    real = receipts._apply

    def trip(known: Any, receipt: Receipt, notes: Any) -> bool:
        if receipt.code == "bad":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return real(known, receipt, notes)

    monkeypatch.setattr(receipts, "_apply", trip)
    for message, code in zip(accepted(contact, 3), ("a", "bad", "c"), strict=True):
        arrived(message, code=code)
    inbound.work_off()
    assert states() == [(DONE, 1), (NEW, 1), (DONE, 1)]
    assert sorted(Message.objects.values_list("state", flat=True)) == ["accepted", "delivered", "delivered"]
    assert Attempt.objects.filter(kind=Attempt.Kind.RECEIPT).count() == 2


def test_one_that_comes_too_early_keeps_back_no_other(contact: Contact) -> None:
    first, second = accepted(contact, 2)
    Message.objects.filter(pk=first.pk).update(state=State.SENDING)
    arrived(first, "undelivered")
    arrived(second)
    inbound.work_off()
    assert states() == [(NEW, 1), (DONE, 1)]


def test_one_that_cannot_be_opened_keeps_back_no_other(contact: Contact) -> None:
    closed, _other = [arrived(message) for message in accepted(contact, 2)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_inboundevent SET raw = 'x' WHERE id = %s", [closed.pk])
    inbound.work_off()
    assert states() == [(NEW, 1), (DONE, 1)]


def test_what_killed_its_worker_is_taken_alone_afterwards(
    contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would in the end take others along that it has nothing to do with."""
    real = receipts._apply

    def die(known: Any, receipt: Receipt, notes: Any) -> bool:
        if receipt.code == "deadly":
            raise SystemExit
        return real(known, receipt, notes)

    monkeypatch.setattr(receipts, "_apply", die)
    for message, code in zip(accepted(contact, 3), ("deadly", "b", "c"), strict=True):
        arrived(message, code=code)
    with pytest.raises(SystemExit):
        inbound.work_off()
    InboundEvent.objects.update(next_try_at=Now())
    with pytest.raises(SystemExit):
        inbound.work_off()
    inbound.work_off()
    assert states() == [(NEW, 2), (DONE, 2), (DONE, 2)]


@pytest.mark.parametrize("events", [("delivered", "seen"), ("seen", "delivered")])
def test_two_words_about_one_message_are_told_one_after_the_other(
    contact: Contact, events: tuple[str, str]
) -> None:
    (message,) = accepted(contact, 1)
    for event in events:
        arrived(message, event)
    inbound.work_off()
    message.refresh_from_db()
    assert (message.state, message.seen_at is not None, states()) == (State.SEEN, True, [(DONE, 1)] * 2)


def test_nobody_need_call_about_what_the_next_word_says_was_told(contact: Contact) -> None:
    """The older news failed and the newer came, told in one handful."""
    older = write(contact, "1")
    Message.objects.update(state=State.ACCEPTED, attempts=1)
    newer = write(contact, "2", intent="supplement")
    Message.objects.filter(pk=newer.pk).update(state=State.DEFERRED, attempts=1)
    arrived(older, "undelivered")
    arrived(newer)
    inbound.work_off()
    (call,) = Call.objects.all()
    assert (call.message_id, call.outcome) == (older.pk, Call.Outcome.OVERTAKEN)
