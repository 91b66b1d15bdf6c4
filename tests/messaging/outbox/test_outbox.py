from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from messaging.channels.lanes.lanes import Lease, ensure_lane
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Consent, Contact
from messaging.outbox import enqueue
from messaging.outbox.models.messages import Message
from messaging.outbox.wording import Rendered
from tenants.accounts.models import User
from tests.messaging.conftest import NUMBER, SUBJECT, agreed, write
from tests.task_queue import TaskQueue

WORDS = Rendered("Tiêu đề", "Nội dung")


class ActFailed(Exception):
    pass


@transaction.atomic
def failing_act(contact: Contact) -> None:
    enqueue.enqueue(subject=SUBJECT, event=1, intent="received", contact=contact, rendered=WORDS)
    raise ActFailed


def test_an_act_that_is_undone_leaves_no_message(contact: Contact) -> None:
    with pytest.raises(ActFailed):
        failing_act(contact)
    assert not Message.objects.exists()


@pytest.mark.committed
def test_a_message_outside_a_transaction_is_refused(committed_province: Any) -> None:
    contact = agreed(NUMBER)
    with pytest.raises(enqueue.NotInTransaction):
        enqueue.enqueue(subject=SUBJECT, event=1, intent="received", contact=contact, rendered=WORDS)


def test_values_are_kept_only_for_a_channel_with_templates(contact: Contact) -> None:
    message = write(contact, "7", rendered=Rendered("Tiêu đề", "Nội dung", "", {"ho_ten": "Người thử"}))
    assert message.facts == ""


def test_the_same_event_is_told_once(contact: Contact) -> None:
    first = write(contact, "7")
    again = write(contact, "7", rendered=Rendered("Khác", "Khác"))
    assert (again.pk, again.title, Message.objects.count()) == (first.pk, first.title, 1)


def test_the_database_itself_refuses_a_second_message_of_one_key(contact: Contact) -> None:
    message = write(contact)
    message.pk = None
    message.tracking_id = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        message.save(force_insert=True)


@pytest.mark.parametrize("consent", ["none", "to another purpose", "withdrawn"])
def test_nobody_is_written_to_without_consent(contact: Contact, consent: str) -> None:
    reader = contacts.contact_for("0905000218", "Người Lạ") if consent == "none" else contact
    if consent == "withdrawn":
        contacts.withdraw(contact, "mock")
    purpose = "broadcast" if consent == "to another purpose" else contacts.DOSSIER_STATUS
    with transaction.atomic():
        written = enqueue.enqueue(
            subject=SUBJECT, event=1, intent="x", contact=reader, rendered=WORDS, purpose=purpose
        )
    assert (written, Message.objects.count()) == (None, 0)


def test_a_withdrawn_consent_is_kept_as_proof_beside_the_new_one(contact: Contact) -> None:
    contacts.withdraw(contact, "mock")
    contacts.grant(contact, "mock", evidence="đơn mới")
    contacts.grant(contact, "mock", evidence="lần nữa")
    kept = Consent.objects.filter(contact=contact, channel="mock").order_by("pk")
    assert [(row.evidence, row.withdrawn_at is None) for row in kept] == [
        ("đơn thử", False),
        ("đơn mới", True),
    ]


def test_the_hold_counts_from_the_moment_of_writing(contact: Contact) -> None:
    told = write(contact, hold_seconds=120)
    stored = Message.objects.get(pk=told.pk)
    assert (stored.not_before - stored.created_at).total_seconds() == 120
    assert (told.not_before, told.next_attempt_at) == (stored.not_before, stored.next_attempt_at)


def test_number_and_link_are_not_readable_in_the_database(contact: Contact) -> None:
    write(contact)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(c::text, '') || string_agg(m::text, '') FROM contacts_contact c, messaging_message m"
        )
        (everything,) = cursor.fetchone()
    assert (NUMBER in everything, "/h/abc/" in everything) == (False, False)


@pytest.mark.parametrize(
    ("hold", "held_by_somebody", "wakes"), [(0, False, True), (120, False, False), (0, True, False)]
)
def test_commit_wakes_the_relay_of_a_lane_with_work_that_nobody_is_at(
    contact: Contact, task_queue: TaskQueue, django_capture_on_commit_callbacks: Any,
    hold: int, held_by_somebody: bool, wakes: bool,
) -> None:  # fmt: skip
    hints = task_queue.watch("run_lane")
    lane, _made = ensure_lane("mock")
    if held_by_somebody:
        Lease(lane.pk, timedelta(seconds=15)).take()
    with django_capture_on_commit_callbacks(execute=True):
        write(contact, hold_seconds=hold)
    assert hints == ([("daklak", lane.pk)] if wakes else [])


def test_a_broker_that_is_down_is_asked_once_and_hurts_nobody(
    contact: Contact, task_queue: TaskQueue, django_capture_on_commit_callbacks: Any
) -> None:
    task_queue.is_down = True
    with django_capture_on_commit_callbacks(execute=True):
        write(contact, "1")
        write(contact, "2")
    assert (len(task_queue.refused), Message.objects.count()) == (1, 2)


def test_a_delivered_message_is_not_sent_again(contact: Contact) -> None:
    message = write(contact)
    Message.objects.update(state=State.DELIVERED)
    assert not enqueue.send_again(message, User.objects.create(username="canbo"))
