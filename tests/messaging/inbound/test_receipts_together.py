"""Word of many messages at once: dealt with by the handful, and none of it is lost where one trips up.

People are invented.
"""

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.lanes.lanes import ensure_lane
from messaging.channels.mock import channel
from messaging.channels.mock.channel import MockChannel
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.inbound import delivery_receipts, receive
from messaging.inbound.models import WebhookEvent
from messaging.outbox import phone_calls
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.phone_calls import Call
from tenants.isolation.context import current_province
from tests.messaging.conftest import NUMBER, Hints, agreed, write
from tests.messaging.holding import at_once

NEW, DONE = WebhookEvent.State.NEW, WebhookEvent.State.DONE


@pytest.fixture
def person(contact: Contact, hints: Hints) -> Contact:
    """Somebody who reads what the mock channel sends."""
    ensure_lane("mock")
    return contact


def accepted(contact: Contact, count: int) -> list[Message]:
    """So many messages that the provider has, each about something else."""
    made = [write(contact, str(number), subject=f"dossier:{number}") for number in range(count)]
    Message.objects.update(state=State.ACCEPTED, attempts=1)
    return made


def arrived(message: Message, event: str = "delivered", **fields: str) -> WebhookEvent:
    told = {"event": event, "tracking_id": str(message.tracking_id), **fields}
    raw = channel.json.dumps(told).encode()
    signed = {channel.SIGNATURE: channel.signature(current_province().uuid, "chinh", raw)}
    assert receive.receive("mock", "chinh", signed, raw) == receive.Received.TAKEN
    return WebhookEvent.objects.latest("pk")


def states() -> list[tuple[str, int]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("state", "tries"))


def test_ten_cost_a_few_statements_each(person: Contact) -> None:
    for message in accepted(person, 10):
        arrived(message)
    with CaptureQueriesContext(connection) as asked:
        assert receive.process_pending() == 10
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert Attempt.objects.filter(kind=Attempt.Kind.RECEIPT).count() == 10
    assert (set(states()), len(asked) <= 30) == ({(DONE, 1)}, True), len(asked)


def test_more_than_a_handful_are_all_dealt_with(person: Contact) -> None:
    for message in accepted(person, receive.RECEIPTS_AT_ONCE + 3):
        arrived(message)
    assert receive.process_pending(receive.RECEIPTS_AT_ONCE + 1) == receive.RECEIPTS_AT_ONCE + 1
    assert receive.process_pending() == 2
    assert not receive.queue.has_pending()


def test_one_that_trips_up_keeps_back_no_other(person: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    real = delivery_receipts._apply

    def trip(known: Any, receipt: Receipt, notes: Any) -> bool:
        if receipt.code == "bad":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return real(known, receipt, notes)

    monkeypatch.setattr(delivery_receipts, "_apply", trip)
    for message, code in zip(accepted(person, 3), ("a", "bad", "c"), strict=True):
        arrived(message, code=code)
    receive.process_pending()
    assert states() == [(DONE, 1), (NEW, 1), (DONE, 1)]
    assert sorted(Message.objects.values_list("state", flat=True)) == ["accepted", "delivered", "delivered"]
    assert Attempt.objects.filter(kind=Attempt.Kind.RECEIPT).count() == 2


def test_one_that_comes_too_early_or_cannot_be_opened_keeps_back_no_other(person: Contact) -> None:
    first, closed, third = accepted(person, 3)
    Message.objects.filter(pk=first.pk).update(state=State.SENDING)
    arrived(first, "undelivered")
    unreadable = arrived(closed)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_webhookevent SET raw = 'x' WHERE id = %s", [unreadable.pk])
    arrived(third)
    receive.process_pending()
    assert states() == [(NEW, 1), (NEW, 1), (DONE, 1)]


def test_what_killed_its_worker_is_taken_alone_afterwards(person, monkeypatch):
    """Otherwise it would in the end take others along that it has nothing to do with."""
    real = delivery_receipts._apply

    def die(known: Any, receipt: Receipt, notes: Any) -> bool:
        if receipt.code == "deadly":
            raise SystemExit
        return real(known, receipt, notes)

    monkeypatch.setattr(delivery_receipts, "_apply", die)
    *known, fresh = accepted(person, 4)
    for message, code in zip(known, ("deadly", "b", "c"), strict=True):
        arrived(message, code=code)
    with pytest.raises(SystemExit):
        receive.process_pending()
    WebhookEvent.objects.update(next_try_at=Now())
    arrived(fresh)
    with pytest.raises(SystemExit):
        receive.process_pending()
    receive.process_pending()
    assert states() == [(NEW, 2), (DONE, 2), (DONE, 2), (DONE, 1)]


@pytest.mark.parametrize("events", [("delivered", "seen"), ("seen", "delivered")])
def test_two_words_about_one_message_are_told_one_after_the_other(person, events):
    (message,) = accepted(person, 1)
    for event in events:
        arrived(message, event)
    receive.process_pending()
    message.refresh_from_db()
    assert (message.state, message.seen_at is not None, states()) == (State.SEEN, True, [(DONE, 1)] * 2)


def test_nobody_need_call_about_what_the_next_word_says_was_told(person: Contact) -> None:
    """The older news failed and the newer came, told in one handful."""
    older = write(person, "1")
    Message.objects.update(state=State.ACCEPTED, attempts=1)
    newer = write(person, "2", intent="supplement")
    Message.objects.filter(pk=newer.pk).update(state=State.DEFERRED, attempts=1)
    arrived(older, "undelivered")
    arrived(newer)
    receive.process_pending()
    (call,) = Call.objects.all()
    assert (call.message_id, call.outcome) == (older.pk, Call.Outcome.OVERTAKEN)


@pytest.mark.parametrize("changed", [{"tries": 1}, {"can_wait": False}], ids=["tried before", "no receipt"])
def test_what_is_due_longest_comes_before_fresh_receipts(person: Contact, changed: dict[str, Any]) -> None:
    """A broadcast brings receipts without end; a form that was refused, and what came too early, take their turn."""
    first, second = accepted(person, 2)
    old = arrived(first)
    WebhookEvent.objects.update(**changed)
    for number in range(receive.RECEIPTS_AT_ONCE):
        arrived(second, "seen", code=f"{number}")
    receive.process_pending(receive.RECEIPTS_AT_ONCE)
    old.refresh_from_db()
    assert old.state == DONE


def test_one_that_cannot_be_written_down_keeps_back_no_other(person, monkeypatch):
    events = [arrived(message) for message in accepted(person, 4)]
    real = receive._record_results

    def fail(results: Any) -> None:
        if any(event.id == events[0].pk for event, _result in results):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        real(results)

    monkeypatch.setattr(receive, "_record_results", fail)
    with pytest.raises(DatabaseError):
        receive.process_pending()
    assert states() == [(NEW, 1), (DONE, 1), (DONE, 1), (DONE, 1)]


def test_a_name_that_the_database_does_not_take_keeps_back_no_other(person, monkeypatch):
    real = MockChannel.parse_events

    def parse(self: MockChannel, account: Any, raw: bytes) -> list[Any]:
        wrong = [Receipt(ReceiptKind.SEEN, None, "a\0b")] if b"wrong" in raw else []
        return [*real(self, account, raw), *wrong]

    monkeypatch.setattr(MockChannel, "parse_events", parse)
    first, second = accepted(person, 2)
    arrived(first, code="wrong")
    arrived(second)
    receive.process_pending()
    assert states() == [(NEW, 1), (DONE, 1)]
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_a_word_may_name_the_message_as_the_one_before_called_it(person: Contact) -> None:
    (message,) = accepted(person, 1)
    told = [
        Receipt(ReceiptKind.DELIVERED, message.tracking_id, "p1"),
        Receipt(ReceiptKind.SEEN, None, "p1"),
    ]
    assert delivery_receipts.apply("mock", told) == [True, True]
    message.refresh_from_db()
    assert message.state == State.SEEN


@pytest.mark.committed
def test_two_who_settle_the_same_calls_do_not_wait_for_each_other(committed_province, monkeypatch):
    """One tells of newer news of two matters, the other of the older ones, the other way round."""
    person = agreed(NUMBER)
    older, newer = [], []
    for number in (1, 2):
        older.append(write(person, "1", subject=f"dossier:{number}"))
        Message.objects.filter(pk=older[-1].pk).update(state=State.FAILED, attempts=1, finished_at=Now())
        with transaction.atomic():
            phone_calls.open_call(Message.objects.get(pk=older[-1].pk), Call.Reason.FAILED)
    for number in (1, 2):
        newer.append(write(person, "2", subject=f"dossier:{number}", intent="supplement"))
        Message.objects.filter(pk=newer[-1].pk).update(state=State.ACCEPTED, attempts=1)
    assert Call.objects.filter(settled_at=None).count() == 2
    both = threading.Barrier(2)
    real, mine = delivery_receipts._reader_knows, threading.local()

    def knows(message: Message) -> None:
        real(message)
        if not getattr(mine, "waited", False):
            mine.waited = True
            # Who waits for the other's calls does not come here.
            with suppress(threading.BrokenBarrierError):
                both.wait(1.5)

    monkeypatch.setattr(delivery_receipts, "_reader_knows", knows)

    def tell(messages: list[Message]) -> Any:
        def work() -> None:
            told = [Receipt(ReceiptKind.DELIVERED, message.tracking_id) for message in messages]
            with transaction.atomic():
                delivery_receipts.apply("mock", told)

        return work

    assert at_once(committed_province, tell(newer), tell(older[::-1])) == []
