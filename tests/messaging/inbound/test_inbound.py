"""Verify, store, answer; afterwards work it off. People and numbers are invented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account
from messaging.channels.lanes.lanes import ensure_lane
from messaging.channels.mock import channel
from messaging.channels.models import Lane
from messaging.contacts import contacts
from messaging.contacts.models import Consent, Contact
from messaging.inbound import receive as inbound
from messaging.inbound.handlers import HANDLERS
from messaging.inbound.models import WebhookEvent
from messaging.outbox.models.messages import Message
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord
from tests.messaging.conftest import NUMBER, Hints, write
from tests.messaging.holding import held_elsewhere
from tests.task_queue import TaskQueue

NEW, DONE, IGNORED, FAILED = (WebhookEvent.State(name) for name in ("new", "done", "ignored", "failed"))


@dataclass(frozen=True)
class Word:
    """An item of no kind that the house knows."""

    code: str


@pytest.fixture
def lane(province: ProvinceRecord) -> Lane:
    return ensure_lane("mock")[0]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`handler(do)`: what the mock tells is dealt with by `do(source, word)`."""
    real = channel.MockChannel.parse_events

    def parse(self: channel.MockChannel, account: Account, raw: bytes) -> list[Word]:
        return [Word(item.code) for item in real(self, account, raw)]

    monkeypatch.setattr(channel.MockChannel, "parse_events", parse)
    return lambda do: monkeypatch.setitem(HANDLERS, Word, do)


def signed(raw: bytes, account: str = "chinh") -> dict[str, str]:
    return {channel.SIGNATURE: channel.signature(current_province().uuid, account, raw)}


def receive(raw: bytes, account: str = "chinh") -> Any:
    return inbound.receive("mock", account, signed(raw, account), raw)


def told(event: str = "delivered", **fields: str) -> bytes:
    return channel.json.dumps({"event": event, **fields}).encode()


def about(message: int = 0) -> bytes:
    """Word about a message, of which there is none here."""
    return told(tracking_id=str(UUID(int=message)))


def store(raw: bytes) -> WebhookEvent:
    assert receive(raw) is inbound.Received.TAKEN
    return WebhookEvent.objects.latest("pk")


def let_time_pass() -> None:
    """Time passes until whatever is to be tried again is due."""
    WebhookEvent.objects.filter(state=NEW).update(next_try_at=Now())


# --- Taking it


def test_what_the_provider_signed_is_stored(lane: Lane, hints: Hints) -> None:
    assert receive(about()) == inbound.Received.TAKEN
    event = WebhookEvent.objects.get()
    assert (event.channel, event.account, event.raw, event.state) == ("mock", "chinh", about().decode(), NEW)
    assert (inbound.queue.has_pending(), hints) == (True, [("daklak",)])


def test_what_is_told_again_is_stored_once(lane: Lane, hints: Hints) -> None:
    receive(about())
    assert receive(about()) == inbound.Received.REPEATED
    assert (WebhookEvent.objects.count(), len(hints)) == (1, 1)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe\x00", b"\x00", b"\x00\xc3\xa9", bytes(range(256)), "Đắk Lắk".encode(), b"\xed\xa0\x80"],
)
def test_it_is_kept_byte_for_byte(lane: Lane, hints: Hints, raw: bytes) -> None:
    receive(raw)
    assert inbound.as_bytes(WebhookEvent.objects.get().raw) == raw


def test_it_is_not_readable_in_the_table(lane: Lane, hints: Hints) -> None:
    receive(told(number=NUMBER))
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM inbound_webhookevent")
        assert NUMBER not in cursor.fetchone()[0]


def test_what_trips_up_a_channel_is_refused(lane, hints, monkeypatch):
    def trip(*arguments: Any) -> None:
        raise KeyError("x")

    monkeypatch.setattr(channel.MockChannel, "verify_webhook", trip)
    assert receive(about()) is inbound.Received.REFUSED


def test_a_paused_lane_still_hears(lane: Lane, hints: Hints) -> None:
    Lane.objects.update(state=Lane.State.PAUSED)
    assert receive(about()) == inbound.Received.TAKEN


def test_a_hint_that_is_lost_loses_nothing(lane: Lane, hints: Hints, task_queue: TaskQueue) -> None:
    task_queue.is_down = True
    assert receive(about()) == inbound.Received.TAKEN
    assert inbound.queue.has_pending()


def test_a_broker_that_is_down_is_not_asked_each_time(lane, hints, task_queue):
    task_queue.is_down = True
    receive(about())
    receive(about(1))
    assert len(task_queue.refused) == 1


def test_it_is_refused_inside_a_transaction(lane: Lane, hints: Hints) -> None:
    """An answer before the commit would promise what may be undone."""
    with transaction.atomic(), pytest.raises(RuntimeError):
        receive(about())


# --- Working it off


def test_a_reader_who_wants_no_more_is_heard(contact: Contact, hints: Hints) -> None:
    ensure_lane("mock")
    event = store(told("opted_out", number=NUMBER))
    inbound.process_pending()
    event.refresh_from_db()
    active = Consent.objects.filter(contact=contact, channel="mock", withdrawn_at__isnull=True)
    assert (event.state, active.exists()) == (DONE, False)
    assert contacts.active_channels(contact, contacts.DOSSIER_STATUS) == {"scripted"}


@pytest.mark.parametrize(
    "raw", [told("template_changed"), told(tracking_id="00000000-0000-4000-8000-000000000000")]
)
def test_what_concerns_nobody_here_is_left_alone(lane: Lane, hints: Hints, raw: bytes) -> None:
    event = store(raw)
    inbound.process_pending()
    event.refresh_from_db()
    assert event.state == IGNORED


def test_what_cannot_be_read_is_given_up_at_once(lane: Lane, hints: Hints) -> None:
    event = store(b"<html>")
    inbound.process_pending()
    event.refresh_from_db()
    assert (event.state, event.tries, bool(event.problem)) == (FAILED, 1, True)


def test_what_fails_is_tried_again_later(lane: Lane, hints: Hints, handler: Any) -> None:
    def fail(source: Any, word: Word) -> bool:
        raise KeyError(NUMBER)

    handler(fail)
    event = store(told())
    inbound.process_pending()
    later = WebhookEvent.objects.filter(next_try_at__gt=Now()).get(pk=event.pk)
    assert (later.state, later.tries, NUMBER in later.problem) == (NEW, 1, False)
    assert not inbound.queue.has_pending()


def test_what_keeps_failing_is_given_up(lane: Lane, hints: Hints, handler: Any) -> None:
    def fail(source: Any, word: Word) -> bool:
        raise KeyError

    handler(fail)
    event = store(told())
    for _ in range(inbound.MOST_TRIES):
        let_time_pass()
        inbound.process_pending()
    event.refresh_from_db()
    assert (event.state, event.tries, "KeyError" in event.problem) == (FAILED, inbound.MOST_TRIES, True)


def test_one_that_fails_stops_no_other(lane: Lane, hints: Hints, handler: Any) -> None:
    def fail_for_some(source: Any, word: Word) -> bool:
        if word.code == "bad":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return True

    handler(fail_for_some)
    events = [store(told(code=code, message_id="m")) for code in ("bad", "good")]
    assert inbound.process_pending() == 2
    assert [WebhookEvent.objects.get(pk=event.pk).state for event in events] == [NEW, DONE]


def test_an_item_that_fails_keeps_back_no_other_of_its_event(lane, hints, handler, monkeypatch):
    done: list[str] = []

    def fail_for_some(source: Any, word: Word) -> bool:
        if word.code == "bad":
            raise KeyError
        done.append(word.code)
        return True

    items = [Word(code) for code in ("1", "bad", "2")]
    monkeypatch.setattr(channel.MockChannel, "parse_events", lambda self, account, raw: items)
    handler(fail_for_some)
    event = store(told())
    inbound.process_pending()
    event.refresh_from_db()
    assert (done, event.state) == (["1", "2"], NEW)


def test_a_receipt_ahead_of_its_message_waits_for_it(contact: Contact, hints: Hints) -> None:
    """Named by the provider's id alone, it may come before we have written that id down."""
    message = write(contact)
    Message.objects.update(state="sending", attempts=1)
    event = store(told(message_id="m-1"))
    inbound.process_pending()
    Message.objects.update(state="accepted", provider_id="m-1")
    let_time_pass()
    inbound.process_pending()
    message.refresh_from_db()
    event.refresh_from_db()
    assert (event.state, message.state) == (DONE, "delivered")


def test_a_receipt_whose_message_never_comes_is_left_alone(lane: Lane, hints: Hints) -> None:
    event = store(told(message_id="m-1"))
    for _ in range(inbound.MOST_TRIES):
        let_time_pass()
        inbound.process_pending()
    event.refresh_from_db()
    assert event.state == IGNORED


def test_an_event_that_kills_its_worker_comes_back_and_is_given_up(lane, hints, handler):
    def die(source: Any, word: Word) -> bool:
        raise SystemExit

    handler(die)
    event = store(told())
    for _ in range(inbound.MOST_TRIES):
        let_time_pass()
        with pytest.raises(SystemExit):
            inbound.process_pending()
    assert not inbound.queue.has_pending()
    let_time_pass()
    inbound.process_pending()
    event.refresh_from_db()
    assert event.state == FAILED


@pytest.mark.committed
def test_an_event_that_another_works_on_is_passed_over(committed_province: Any, hints: Hints) -> None:
    ensure_lane("mock")
    store(about())
    with held_elsewhere(committed_province.record, WebhookEvent.objects.all()):
        assert inbound.process_pending() == 0
    assert inbound.process_pending() == 1


def test_who_took_an_event_and_was_late_leaves_it_to_who_took_it_after(lane, hints, handler):
    dealt_with: list[int] = []
    handler(lambda source, item: bool(dealt_with.append(source.event)) or True)
    store(told(tracking_id=str(uuid4())))
    late = inbound.queue.claim("mock", "chinh", "")
    let_time_pass()
    after = inbound.queue.claim("mock", "chinh", "")
    inbound.dispatch_events(late, account_of)
    assert dealt_with == []
    inbound.dispatch_events(after, account_of)
    assert dealt_with == [one.id for one in after] != []


# --- Forgotten after a while


def kept_event(key: str, **fields: object) -> WebhookEvent:
    return WebhookEvent.objects.create(channel="mock", account="chinh", key=key, raw="{}", **fields)


def test_what_was_dealt_with_long_ago_is_forgotten(province: ProvinceRecord) -> None:
    kept_event("old", state=DONE, handled_at=Now() - timedelta(days=31))
    kept = [
        kept_event("fresh", state=DONE, handled_at=Now()),
        kept_event("waits", state=NEW, received_at=Now() - timedelta(days=31)),
    ]
    assert inbound.purge() == 1
    assert list(WebhookEvent.objects.order_by("pk")) == kept
