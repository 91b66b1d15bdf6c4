"""The door at which channels call. People and numbers are invented."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.channels.accounts import channel_accounts
from messaging.channels.lanes.lanes import ensure_lane
from messaging.channels.mock import channel
from messaging.channels.models import Lane
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.inbound import receive, views
from messaging.inbound.models import WebhookEvent
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.messaging.conftest import agreed, due_callbacks, write
from tests.system.served import Served
from tests.task_queue import TaskQueue

DOOR = "/webhooks/mock/chinh/"


@pytest.fixture(autouse=True)
def _no_broker(task_queue: TaskQueue) -> None:
    """Nothing leaves this process."""


@pytest.fixture
def lane(province: ProvinceRecord) -> Lane:
    return ensure_lane("mock")[0]


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, headers={"host": "daklak.localhost"})


def post(browser: Client, sent: channel.Callback, path: str = DOOR, **named: Any) -> Any:
    kind = {"content_type": "application/json", **named}
    return browser.post(path, sent.body, headers={channel.SIGNATURE: sent.headers[channel.SIGNATURE]}, **kind)


def a_callback(**fields: str) -> channel.Callback:
    """What the provider of this test's province tells, signed."""
    return channel.callback(channel_accounts.account_of("mock", "chinh"), {"event": "delivered", **fields})


def test_what_was_signed_is_taken(lane: Lane, browser: Client) -> None:
    answer = post(browser, a_callback())
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})
    assert "no-store" in answer["Cache-Control"]
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("ending", "state"),
    [(channel.ARRIVES_LATER, "delivered"), (channel.UNDELIVERED, "failed"), (channel.SEEN, "seen")],
)
@pytest.mark.usefixtures("provider_memory")
def test_a_receipt_goes_all_the_way(contact: Contact, browser: Client, ending: str, state: str) -> None:
    message = write(agreed(f"090500{ending}"))
    lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    accepted = message.state
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        due = due_callbacks(channel_accounts.account_of("mock", "chinh"))
    assert {post(browser, sent).status_code for sent in due} == {200}
    receive.process_pending()
    message.refresh_from_db()
    assert (accepted, message.state) == ("accepted", state)


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_other_methods_are_refused(lane: Lane, browser: Client, method: str) -> None:
    answer = getattr(browser, method)(DOOR)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_wrong_signature_is_refused_in_silence(lane: Lane, browser: Client) -> None:
    answer = browser.post(DOOR, b"{}", "application/json", headers={channel.SIGNATURE: "0" * 64})
    assert (answer.status_code, answer.content, WebhookEvent.objects.count()) == (403, b"", 0)


@pytest.mark.parametrize("path", ["/webhooks/khac/chinh/", "/webhooks/mock/khac/", "/webhooks/mock/%C3%A9/"])
def test_an_unknown_account_is_not_found(lane: Lane, browser: Client, path: str) -> None:
    assert browser.post(path, b"{}", "application/json").status_code == 404


@pytest.mark.parametrize(("length", "status"), [(views.BODY_MAX, 403), (views.BODY_MAX + 1, 413)])
def test_a_body_may_be_so_long(lane: Lane, browser: Client, length: int, status: int) -> None:
    assert browser.post(DOOR, b" " * length, "application/json").status_code == status


def test_a_form_is_taken_byte_for_byte(lane: Lane, browser: Client) -> None:
    """Others have looked at its fields by then."""
    form = b"b=2&a=1"
    signed = channel.signature(current_province().uuid, "chinh", form)
    answer = browser.post(
        DOOR, form, "application/x-www-form-urlencoded", headers={channel.SIGNATURE: signed}
    )
    assert (answer.status_code, WebhookEvent.objects.get().raw) == (200, "b=2&a=1")


def test_a_callback_costs_few_statements(lane: Lane, browser: Client) -> None:
    sent = a_callback()
    with CaptureQueriesContext(connection) as asked:
        post(browser, sent)
    spoken = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(spoken) <= 4, spoken


def test_what_could_not_be_stored_is_to_be_repeated(lane, browser, monkeypatch):
    def fail(*arguments: Any) -> None:
        raise OperationalError("no room")

    monkeypatch.setattr(receive, "_store", fail)
    answer = post(browser, a_callback())
    assert (answer.status_code, answer["Retry-After"]) == (503, views.RETRY_SECONDS)


# --- Only at home


@pytest.fixture
def elsewhere(other_province: ProvinceRecord) -> Client:
    with province_context(other_province):
        ensure_lane("mock")
    return Client(headers={"host": "dongnai.localhost"})


@pytest.fixture
def accepted(contact: Contact) -> Message:
    message = write(contact)
    Message.objects.update(state="accepted", attempts=1)
    return message


def work_off_everywhere() -> None:
    for slug in ("daklak", "dongnai"):
        with province_context(slug):
            receive.process_pending()


def test_a_receipt_posted_at_the_wrong_province_is_refused(accepted: Message, elsewhere: Client) -> None:
    answer = post(elsewhere, a_callback(tracking_id=str(accepted.tracking_id)))
    work_off_everywhere()
    accepted.refresh_from_db()
    assert (answer.status_code, accepted.state) == (403, "accepted")


def test_a_province_cannot_speak_of_a_message_of_another(accepted, elsewhere, other_province):
    with province_context(other_province):
        sent = a_callback(tracking_id=str(accepted.tracking_id))
    answer = post(elsewhere, sent)
    work_off_everywhere()
    accepted.refresh_from_db()
    assert (answer.status_code, accepted.state) == (200, "accepted")
    with province_context(other_province):
        assert WebhookEvent.objects.get().state == "ignored"


def test_there_is_no_such_door_at_the_national_host(lane: Lane) -> None:
    assert post(Client(headers={"host": "localhost"}), a_callback()).status_code == 404


# --- Really committed


@pytest.mark.committed
def test_it_is_answered_after_the_commit_alone(committed_province, monkeypatch):
    ensure_lane("mock")
    sent = a_callback()
    host = committed_province.record.host

    def fail(self: Any) -> None:
        raise DatabaseError("commit failed")

    def answer() -> Any:
        headers = {channel.SIGNATURE: sent.headers[channel.SIGNATURE]}
        return Served(host).generic("POST", DOOR, sent.body, "application/json", headers=headers)

    with monkeypatch.context() as patched:
        patched.setattr(type(connections["default"]), "_commit", fail)
        refused = answer()
    kept = WebhookEvent.objects.count()
    taken = answer()
    assert (refused.status, kept, taken.status, WebhookEvent.objects.count()) == (503, 0, 200, 1)
