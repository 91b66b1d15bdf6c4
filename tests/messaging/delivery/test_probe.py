"""What the one look through all provinces finds of messages, and what it leaves alone."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.delivery.relay import sweep
from messaging.inbound.models import WebhookEvent
from messaging.outbox.models.messages import Message
from tenants.isolation import work_discovery
from tests.messaging.conftest import write

HOUR = timedelta(hours=1)


def found() -> list[tuple[str, str, int | None]]:
    return [(one.schema, one.what, one.id) for one in work_discovery.due_work()]


def whats() -> set[str]:
    return {what for _schema, what, _id in found()}


def change(message: Message, **values: Any) -> None:
    Message.objects.filter(pk=message.pk).update(**values)


def test_a_lane_with_a_due_message_is_found_since_when_it_is_due(contact: Contact) -> None:
    message = write(contact)
    change(message, next_attempt_at=Now() - HOUR)
    message.refresh_from_db()
    assert work_discovery.due_work() == [
        work_discovery.DueWork("daklak", sweep.LANE, message.lane_id, message.next_attempt_at)
    ]


@pytest.mark.parametrize("state", [State.DEFERRED, State.UNKNOWN, State.SENDING, State.ACCEPTED])
def test_so_is_one_whose_message_has_to_be_tried_again_or_asked_about(contact: Contact, state: State) -> None:
    message = write(contact)
    change(message, state=state)
    assert found() == [("daklak", sweep.LANE, message.lane_id)]


@pytest.mark.parametrize("state", ["delivered", "seen", "failed", "suppressed", "expired", "accepted"])
def test_what_is_finished_or_held_is_left_alone(contact: Contact, state: State) -> None:
    """Of an accepted one no word will come any more."""
    change(write(contact), state=state, expires_at=Now() - HOUR, finished_at=Now())
    write(contact, "2", hold_seconds=120)
    assert found() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "paused"), ("lease_until", Now() + HOUR), ("rests_until", Now() + HOUR)],
    ids=["paused", "held by a relay", "resting"],
)
def test_a_lane_that_cannot_be_worked_on_is_left_alone(contact: Contact, column: str, value: Any) -> None:
    message = write(contact)
    Lane.objects.filter(pk=message.lane_id).update(**{column: value})
    assert found() == []


@pytest.mark.parametrize("column", ["lease_until", "rests_until"])
def test_a_lane_whose_lease_or_rest_is_over_is_found(contact: Contact, column: str) -> None:
    message = write(contact)
    Lane.objects.filter(pk=message.lane_id).update(**{column: Now() - HOUR})
    assert found() == [("daklak", sweep.LANE, message.lane_id)]


def test_a_message_that_was_not_sent_in_time_is_found_even_at_a_paused_lane(contact: Contact) -> None:
    message = write(contact)
    change(message, expires_at=Now() - HOUR)
    Lane.objects.filter(pk=message.lane_id).update(state=Lane.State.PAUSED)
    assert found() == [("daklak", sweep.EXPIRED, message.pk)]


def test_what_a_channel_told_is_found_until_it_is_worked_off(province: Any) -> None:
    event = WebhookEvent.objects.create(channel="mock", account="chinh", key="k", raw="{}")
    assert found() == [("daklak", sweep.INBOUND, event.pk)]
    WebhookEvent.objects.update(state=WebhookEvent.State.DONE)
    assert found() == []


def test_the_longest_waiting_comes_first(contact: Contact) -> None:
    message = write(contact)
    change(message, next_attempt_at=Now() - HOUR, expires_at=Now() - 2 * HOUR)
    assert [one.what for one in work_discovery.due_work()] == [sweep.EXPIRED, sweep.LANE]


def test_it_reads_no_row_of_what_does_not_wait(contact: Contact) -> None:
    """Its indexes are empty where nothing waits: years of finished messages cost nothing.

    Which of two that are both empty the planner takes is its own affair.
    """
    change(write(contact), state=State.DELIVERED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for name, indexes in (
            (sweep.LANE, {"messaging_due", "messaging_receipt"}),
            (sweep.INBOUND, {"messaging_inbound"}),
            (sweep.EXPIRED, {"messaging_expiry", "messaging_due"}),
        ):
            cursor.execute("EXPLAIN (FORMAT JSON) " + sweep.DUE_WORK[name].replace("{schema}", "daklak"))
            (plan,) = cursor.fetchone()
            plan = plan if isinstance(plan, str) else json.dumps(plan)
            used = set(re.findall(r'"Index Name": "(messaging_(?!lane)\w+)"', plan))
            assert used, plan
            assert used <= indexes, plan
