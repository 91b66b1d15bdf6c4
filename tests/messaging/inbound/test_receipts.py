"""What a receipt does to a message in each state. People and numbers are invented."""

import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from messaging.channels.base import Outcome, OutcomeKind
from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.mock.channel import MockChannel
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery.claims import Work
from messaging.inbound import delivery_receipts
from messaging.inbound.delivery_receipts import NoSuchMessage, NotYet
from messaging.outbox import phone_calls
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.phone_calls import Call
from tests.messaging.conftest import settle, write

pytestmark = pytest.mark.usefixtures("provider_memory")

DELIVERED, SEEN, UNDELIVERED = ReceiptKind.DELIVERED, ReceiptKind.SEEN, ReceiptKind.UNDELIVERED


@pytest.fixture
def message(contact: Contact) -> Message:
    return write(contact)


def put(message: Message, state: str, **columns: Any) -> Message:
    """The message as the relay would have left it."""
    Message.objects.filter(pk=message.pk).update(state=state, **{"attempts": 1, **columns})
    message.refresh_from_db()
    return message


def apply(message: Message, kind: ReceiptKind, channel: str = "mock", **fields: Any) -> bool:
    named = {"tracking_id": message.tracking_id, **fields}
    with transaction.atomic():
        (done,) = delivery_receipts.apply(channel, [Receipt(kind, **named)])
    if isinstance(done, NotYet):
        raise done
    message.refresh_from_db()
    return done


def tried(message: Message, outcome: str, channel: str = "mock") -> None:
    """An attempt of the relay that is over."""
    Attempt.objects.create(message=message, number=1, channel=channel, ended_at=Now(), outcome=outcome)


def notes(message: Message) -> list[str]:
    rows = Attempt.objects.filter(message=message, kind=Attempt.Kind.RECEIPT).order_by("pk")
    return list(rows.values_list("outcome", flat=True))


def everything(message: Message) -> dict[str, Any]:
    return {**Message.objects.filter(pk=message.pk).values().get(), "notes": notes(message)}


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        (State.SENDING, DELIVERED, State.DELIVERED),
        (State.UNKNOWN, DELIVERED, State.DELIVERED),
        (State.ACCEPTED, DELIVERED, State.DELIVERED),
        (State.SENDING, SEEN, State.SEEN),
        (State.UNKNOWN, SEEN, State.SEEN),
        (State.ACCEPTED, SEEN, State.SEEN),
        (State.DELIVERED, SEEN, State.SEEN),
        # Tried before, and waiting to be tried again.
        (State.QUEUED, DELIVERED, State.DELIVERED),
        (State.DEFERRED, SEEN, State.SEEN),
        (State.UNKNOWN, UNDELIVERED, State.FAILED),
        (State.ACCEPTED, UNDELIVERED, State.FAILED),
    ],
)
def test_it_moves_the_message_forward(message: Message, before: str, kind: ReceiptKind, after: str) -> None:
    put(message, before)
    assert apply(message, kind)
    assert (message.state, message.finished_at is not None, notes(message)) == (after, True, [kind.value])


@pytest.mark.parametrize(
    ("before", "kind", "columns"),
    [
        (State.DELIVERED, DELIVERED, {}),
        (State.SEEN, DELIVERED, {}),
        (State.SEEN, SEEN, {}),
        *(
            (state, UNDELIVERED, {})
            for state in ("delivered", "seen", "queued", "deferred", "failed", "expired")
        ),
        # Never tried, it cannot have arrived.
        (State.QUEUED, DELIVERED, {"attempts": 0}),
    ],
)
def test_what_tells_nothing_new_changes_nothing(message, before, kind, columns):
    put(message, before, **columns)
    unchanged = everything(message)
    apply(message, kind)
    assert everything(message) == unchanged


# --- Which message


def test_a_message_is_found_by_the_providers_id(message: Message) -> None:
    put(message, State.ACCEPTED, provider_id="m-1")
    apply(message, DELIVERED, tracking_id=None, provider_id="m-1")
    assert message.state == State.DELIVERED


@pytest.mark.parametrize(("channel", "provider_id"), [("mock", "m-2"), ("scripted", "m-1"), ("mock", "")])
def test_an_id_of_no_message_of_the_channel_may_come_too_early(message, channel, provider_id):
    put(message, State.ACCEPTED, provider_id="m-1")
    with pytest.raises(NoSuchMessage):
        apply(message, DELIVERED, channel, tracking_id=None, provider_id=provider_id)


def test_a_channel_cannot_speak_of_a_message_it_never_had(message: Message) -> None:
    put(message, State.ACCEPTED)
    unchanged = everything(message)
    assert not apply(message, DELIVERED, tracking_id=uuid.uuid4())
    assert not apply(message, DELIVERED, "scripted")
    assert everything(message) == unchanged
    tried(message, "accepted", "scripted")
    apply(message, UNDELIVERED, "scripted")
    assert everything(message) == unchanged, "of an earlier channel"


def test_a_channel_that_had_the_message_before_may_speak_of_it(message: Message) -> None:
    """It went on to the next channel because nobody knew: now it need not be sent there."""
    put(message, State.QUEUED)
    tried(message, "unknown", "scripted")
    apply(message, DELIVERED, "scripted")
    assert message.state == State.DELIVERED


# --- It arrived


@pytest.mark.parametrize("kind", [OutcomeKind.ACCEPTED, OutcomeKind.TEMPORARY, OutcomeKind.PERMANENT])
def test_the_answer_to_the_attempt_comes_second_and_changes_nothing(message, kind):
    put(message, State.SENDING)
    apply(message, DELIVERED)
    work = Work(message.pk, message.tracking_id, 1, message.created_at, ask=False, outgoing=None)
    assert not settle(MockChannel(), work, Outcome(kind))
    message.refresh_from_db()
    assert message.state == State.DELIVERED


@pytest.mark.parametrize("before", [State.FAILED, State.EXPIRED])
def test_late_word_of_arrival_closes_the_call_and_leaves_the_end(message: Message, before: str) -> None:
    put(message, before, problem="Hết hạn.")
    with transaction.atomic():
        call = phone_calls.open_call(message, Call.Reason.FAILED)
    apply(message, DELIVERED)
    call.refresh_from_db()
    assert (message.state, call.outcome) == (before, Call.Outcome.NEEDLESS)
    assert message.problem.startswith("Hết hạn. ")
    assert message.delivered_at is not None
    once = everything(message)
    apply(message, DELIVERED)
    apply(message, SEEN)
    assert everything(message) == once


def test_news_that_was_taken_back_replaces_no_older_one(contact: Contact, message: Message) -> None:
    put(message, State.FAILED)
    newer = put(write(contact, "2", intent="supplement"), State.UNKNOWN, recalled_at=Now())
    with transaction.atomic():
        call = phone_calls.open_call(message, Call.Reason.FAILED)
    Call.objects.filter(pk=call.pk).update(settled_at=None, outcome="")
    apply(newer, DELIVERED)
    call.refresh_from_db()
    assert (newer.state, call.settled_at) == (State.DELIVERED, None)


# --- It could not be delivered


def test_what_may_have_come_by_another_attempt_goes_to_no_other_channel(contact, scripted):
    message = put(write(contact, channels=["scripted", "mock"]), State.ACCEPTED, attempts=2)
    tried(message, "unknown", "scripted")
    tried(message, "accepted", "scripted")
    apply(message, UNDELIVERED, "scripted")
    assert (message.state, Call.objects.get().reason) == (State.FAILED, Call.Reason.UNCERTAIN)


def test_while_it_is_being_sent_failure_waits(message: Message) -> None:
    put(message, State.SENDING)
    unchanged = everything(message)
    with pytest.raises(NotYet):
        apply(message, UNDELIVERED)
    assert everything(message) == unchanged


def test_failure_of_an_earlier_attempt_does_not_end_the_present_one(message: Message) -> None:
    put(message, State.ACCEPTED, provider_id="m-2")
    apply(message, UNDELIVERED, provider_id="m-1")
    assert message.state == State.ACCEPTED


def test_several_are_locked_in_one_statement(contact: Contact) -> None:
    """In the order of all others, so that two that hold several never wait for each other."""
    messages = [write(contact, str(number)) for number in range(3)]
    told = [Receipt(DELIVERED, message.tracking_id) for message in reversed(messages)]
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        delivery_receipts.apply("mock", told)
    (query,) = [one["sql"] for one in asked if 'FROM "messaging_message"' in one["sql"]]
    assert 'ORDER BY "messaging_message"."id" ASC FOR UPDATE' in query
