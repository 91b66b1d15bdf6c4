import re

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from messaging.channels.base import Outcome, OutcomeKind
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.inbound.models import WebhookEvent
from messaging.outbox.models.messages import Attempt, Message
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.conftest import HOST, NUMBER, ScriptedChannel, address, write


@pytest.fixture
def failed(contact: Contact, scripted: ScriptedChannel) -> Message:
    scripted.answers = [Outcome(OutcomeKind.PERMANENT, "-108", "Số này không có tài khoản.")]
    message = write(contact)
    lane_loop.run_lane(message.lane_id)
    return message


def test_the_list_shows_state_and_problem_but_no_number(desk: Client, failed: Message) -> None:
    page = desk.get(address("messaging_message_changelist"), headers=HOST).content.decode()
    assert ("không gửi được" in page, "Số này không có tài khoản." in page) == (True, True)
    assert NUMBER not in page


def test_a_message_shows_its_attempts_but_neither_number_nor_link_and_reading_it_leaves_a_trace(desk, failed):
    page = desk.get(address("messaging_message_change", failed.pk), headers=HOST).content.decode()
    assert ("-108" in page, NUMBER in page, "/h/abc/" in page) == (True, False, False)
    with province_context("daklak"):
        entry = AuditEntry.objects.get(action="message.read")
    assert (entry.subject, entry.actor_name) == (f"message:{failed.pk}", "quantri")


def test_send_again_puts_a_failed_message_back(desk: Client, failed: Message) -> None:
    desk.post(
        address("messaging_message_changelist"),
        {"action": "send_again", "_selected_action": [failed.pk]},
        headers=HOST,
    )
    with province_context("daklak"):
        assert Message.objects.get(pk=failed.pk).state == "queued"


def test_messages_are_neither_written_nor_deleted_here(desk: Client, failed: Message) -> None:
    answers = [
        desk.get(address("messaging_message_add"), headers=HOST).status_code,
        desk.post(address("messaging_message_delete", failed.pk), {"post": "yes"}, headers=HOST).status_code,
        desk.post(address("messaging_message_change", failed.pk), {"body": "khác"}, headers=HOST).status_code,
    ]
    assert answers == [403, 403, 403]


@pytest.mark.parametrize(
    "model",
    [
        "messaging_message",
        "channels_lane",
        "messaging_template",
        "contacts_contact",
        "contacts_consent",
        "inbound_webhookevent",
    ],
)
def test_every_list_opens_without_a_number(desk: Client, failed: Message, model: str) -> None:
    with province_context("daklak"):
        WebhookEvent.objects.create(channel="mock", account="chinh", key="k", raw=f"<b>{NUMBER}</b>")
    response = desk.get(address(f"{model}_changelist"), headers=HOST)
    assert (response.status_code, NUMBER in response.content.decode()) == (200, False)


def test_a_callback_is_shown_without_what_was_said_even_if_no_key_opens_it(desk: Client) -> None:
    with province_context("daklak"):
        event = WebhookEvent.objects.create(channel="mock", account="chinh", key="k", raw=NUMBER)
        place = address("inbound_webhookevent_change", event.pk)
        assert NUMBER not in desk.get(place, headers=HOST).content.decode()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inbound_webhookevent SET raw = 'x'")
    assert desk.get(place, headers=HOST).status_code == 200
    assert desk.post(place, {"key": "khác"}, headers=HOST).status_code == 403


def test_a_contact_is_shown_masked(desk: Client, contact: Contact) -> None:
    page = desk.get(address("contacts_contact_change", contact.pk), headers=HOST).content.decode()
    assert ("09•• ••• 217" in page, NUMBER in page) == (True, False)


@pytest.mark.parametrize(
    ("way", "cost", "outcome", "told"),
    [
        ("template_phone", 1200, "accepted", ("mẫu theo số điện thoại", "1.200 đồng")),
        ("chat", 0, "accepted", ("nhắn lời tự do", "không tính tiền")),
        ("template_uid", 0, "permanent", ("mẫu theo mã người dùng Zalo", "–")),
        ("", 0, "delivered", ("–", "–")),
    ],
)
def test_way_and_cost_of_an_attempt_are_told_in_words(desk, failed, way, cost, outcome, told):
    with province_context("daklak"):
        Attempt.objects.create(
            message=failed, number=9, channel="zalo", way=way, cost=cost, outcome=outcome, ended_at=Now()
        )
    page = desk.get(address("messaging_message_change", failed.pk), headers=HOST).content.decode()
    shown = [
        re.findall(rf"field-shown_{part}\b.*?<[^>]*>\s*([^<\s][^<]*?)\s*<", page, re.DOTALL)[-1]
        for part in ("way", "cost")
    ]
    assert tuple(shown) == told
