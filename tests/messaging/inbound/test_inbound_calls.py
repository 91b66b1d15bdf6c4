"""Whom a callback calls to work: each who asks calls, word of what arrived now and then, one call at a time."""

from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.channels.inbound_items import MessageIn, Receipt, ReceiptKind
from messaging.channels.lanes.lanes import ensure_lane, release_task
from messaging.channels.mock import channel
from messaging.channels.models import Lane
from messaging.delivery import tasks
from messaging.inbound import receive as inbound
from messaging.inbound.chat import conversation
from messaging.inbound.models import IncomingMessage, WebhookEvent
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.messaging.conftest import NUMBER, Hints


@pytest.fixture
def lane(province: ProvinceRecord) -> Lane:
    return ensure_lane("mock")[0]


def receive(raw: bytes) -> None:
    signed = {channel.SIGNATURE: channel.signature(current_province().uuid, "chinh", raw)}
    assert inbound.receive("mock", "chinh", signed, raw) == inbound.Received.TAKEN


def opted_out(number: int) -> bytes:
    return channel.json.dumps({"event": "opted_out", "number": f"090500{number:04}"}).encode()


def test_receipts_call_a_worker_now_and_then_and_people_each_time(lane, hints, monkeypatch):
    def parse(self: Any, account: Any, raw: bytes) -> list[Any]:
        name = raw.decode()
        return [MessageIn(NUMBER, name, "xin chào") if name.isupper() else Receipt(ReceiptKind.SEEN, name)]

    monkeypatch.setattr(channel.MockChannel, "parse_events", parse)
    called = []
    for name in ("a", "b", "A", "c", "B"):
        receive(name.encode())
        called.append(len(hints))
        # A worker takes the call.
        release_task(inbound.TASK)
    assert called == [1, 1, 2, 2, 3]


def test_one_call_at_a_time_waits_for_a_worker(lane: Lane, hints: Hints) -> None:
    for number in range(3):
        receive(opted_out(number))
    assert len(hints) == 1
    release_task(inbound.TASK)
    receive(opted_out(3))
    assert len(hints) == 2


def test_what_says_nothing_to_us_is_kept_and_waits_for_nobody(lane: Lane, hints: Hints) -> None:
    receive(b"{}")
    event = WebhookEvent.objects.get()
    assert (event.raw, event.state, event.handled_at is not None) == ("{}", WebhookEvent.State.IGNORED, True)
    assert (hints, inbound.queue.has_pending()) == ([], False)


def test_receipts_of_one_province_keep_no_call_of_another_back(lane, other_province, hints, monkeypatch):
    monkeypatch.setattr(
        channel.MockChannel, "parse_events", lambda *_told: [Receipt(ReceiptKind.SEEN, provider_id="a")]
    )
    receive(b"{}")
    with province_context(other_province):
        ensure_lane("mock")
        receive(b"{}")
    assert hints == [("daklak",), ("dongnai",)]


# --- A worker calls the next


@pytest.fixture
def texts(chat_service: None, province: ProvinceRecord, hints: Hints) -> None:
    """One reader wrote twice; the worker was called and is here."""
    Lane.objects.create(channel="chat", account="chinh")
    for name in ("m1", "m2"):
        payload = {"from": "551", "id": name, "text": "xin chào"}
        inbound.receive("chat", "chinh", {}, channel.json.dumps(payload).encode())
    hints.clear()


def work_off() -> None:
    # The work itself: the task around it refuses the transaction of a test, as it should.
    tasks.work_off_inbound.run.__wrapped__()


def test_with_more_left_a_worker_calls_the_next(texts, hints, monkeypatch):
    monkeypatch.setattr(tasks, "HEAR_FOR", 0)
    work_off()
    assert hints == [("daklak",)]


def test_a_callback_that_waits_for_an_older_one_wakes_no_worker(texts: None, hints: Hints) -> None:
    first = WebhookEvent.objects.earliest("pk")
    WebhookEvent.objects.filter(pk=first.pk).update(tries=1, next_try_at=Now() + inbound.LEASE)
    work_off()
    assert (inbound.queue.has_pending(), hints) == (True, [])


def test_a_text_that_waits_for_an_older_one_wakes_no_worker(texts: None, hints: Hints) -> None:
    inbound.process_pending()
    first = IncomingMessage.objects.earliest("pk")
    IncomingMessage.objects.filter(pk=first.pk).update(tries=1, answer_due_at=Now() + conversation.LEASE)
    work_off()
    assert (conversation.queue.has_pending(), hints) == (True, [])
