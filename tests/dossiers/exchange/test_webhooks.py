"""Webhooks: signed batches in order, moved on by 2xx alone, one sender at a time, stopped after a day of refusal."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from dossiers.exchange import leases, webhook_threads, webhooks
from dossiers.exchange.models import Webhook
from dossiers.lifecycle import actions as services
from tenants.audit import sealer
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Role
from tenants.web import http
from tests.dossiers.exchange.following import printed
from tests.factories import AgencyFactory, AssignmentFactory, Office, UserFactory
from tests.messaging import scripted_server
from tests.messaging.scripted_server import ScriptedServer, plain


@pytest.fixture
def receiver(settings: Any) -> Iterator[ScriptedServer]:
    with scripted_server.serving(plain()) as server:
        settings.OUTBOUND_ALLOW = frozenset({server.place})
        yield server
    http.forget()


@pytest.fixture
def webhook(office: Office, receiver: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """With a secret; nothing is sent but by `webhooks.send`."""
    monkeypatch.setattr(webhook_threads, "_send", lambda slug, key, act: None)
    account = UserFactory(username="nhan-su-kien", is_staff=False, is_machine=True)
    AssignmentFactory(user=account, agency=office.desk, role=Role.CLERK)
    made = Webhook.objects.create(name="Sở Nội vụ", url=f"{receiver.url}/nhan", account=account)
    webhooks.make_secret(made)
    made.refresh_from_db()
    return made


def receive(office: Office, count: int = 1) -> list[str]:
    codes = [services.receive(office.intake(), actor=office.clerk).dossier.code for _ in range(count)]
    sealer.seal("daklak")
    return codes


def taken(receiver: ScriptedServer) -> list[list[dict[str, Any]]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in receiver.requests]


def headers(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def is_signed(secret: str, request: bytes) -> bool:
    """By the program that the guide prints."""
    found: bool = printed()["is_from_portal"](secret, headers(request), request.partition(b"\r\n\r\n")[2])
    return found


def due_again(webhook: Webhook, **values: Any) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(next_try_at=Now(), **values)


def test_events_come_in_order_in_batches_and_go_on_after_2xx(office, webhook, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "AT_ONCE", 2)
    codes = receive(office, 3)
    webhooks.send(webhook.pk)
    batches = taken(receiver)
    assert [[one["subject"] for one in batch] for batch in batches] == [codes[:2], codes[2:]]
    webhooks.send(webhook.pk)
    assert len(receiver.requests) == 2, "nothing is sent where nothing is new"
    webhook.refresh_from_db()
    assert (webhook.position, webhook.failures, webhooks.waiting(webhook)) == (3, 0, 0)


@pytest.mark.parametrize("answer", [plain(b"", "500 Sorry"), plain(b"", "302 Found"), scripted_server.cut])
def test_what_was_not_taken_comes_again_whole_with_what_is_new(office, webhook, receiver, answer):
    receiver.answer = answer
    receive(office)
    webhooks.send(webhook.pk)
    webhooks.send(webhook.pk)
    assert len(receiver.requests) == 1, "not before its time"
    webhook.refresh_from_db()
    assert (webhook.position, webhook.failures, bool(webhook.error)) == (0, 1, True)
    receiver.answer = plain()
    receive(office)
    due_again(webhook)
    webhooks.send(webhook.pk)
    assert [len(batch) for batch in taken(receiver)] == [1, 2]
    ids = [headers(request)["webhook-id"] for request in receiver.requests]
    assert ids[0] != ids[1], "who took the first batch and could not say so must not pass over the second"
    webhook.refresh_from_db()
    assert (webhook.position, webhook.failures, webhook.failing_since) == (2, 0, None)


@pytest.mark.parametrize(
    ("status", "failing_hours", "goes_on"),
    [("503 Busy", 23, True), ("503 Busy", 25, False), ("410 Gone", 0, False)],
)
def test_after_a_day_of_refusal_it_rests_until_a_person_goes_on(
    office, webhook, receiver, status, failing_hours, goes_on
):
    receiver.answer = plain(b"", status)
    receive(office)
    due_again(webhook, failing_since=Now() - timedelta(hours=failing_hours), failures=30)
    webhooks.send(webhook.pk)
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.is_paused, webhooks.paused()) == (
        goes_on,
        not goes_on,
        int(not goes_on),
    )
    assert AuditEntry.objects.filter(action="webhook.pause").exists() is not goes_on
    assert webhook.next_try_at - webhook.failing_since < timedelta(hours=failing_hours + 1.1), (
        "an hour at most"
    )
    receiver.answer = plain()
    webhooks.resume(webhook)
    webhooks.send(webhook.pk)
    assert webhooks.waiting(Webhook.objects.get()) == 0


def test_a_wait_that_the_receiver_asks_for_is_kept(office, webhook, receiver):
    receiver.answer = plain(b"", "429 Slowly", "Retry-After: 600\r\n")
    receive(office)
    webhooks.send(webhook.pk)
    webhook.refresh_from_db()
    assert webhook.next_try_at - webhook.failing_since >= timedelta(seconds=600)


def test_each_message_is_signed_and_for_a_week_by_the_secret_before_as_well(office, webhook, receiver):
    old = webhook.secret
    new = webhooks.make_secret(webhook)
    receive(office)
    webhooks.send(webhook.pk)
    (request,) = receiver.requests
    assert [is_signed(secret, request) for secret in (old, new)] == [True, True]
    assert not is_signed(new, request.replace(b"dossier.receive", b"dossier.refused"))
    due_again(webhook, old_secret_ends_at=Now())
    receive(office)
    webhooks.send(webhook.pk)
    assert [is_signed(secret, receiver.requests[1]) for secret in (old, new)] == [False, True]


def test_dossiers_of_other_agencies_are_not_told_of_and_hold_nothing_up(office, webhook, receiver):
    other = AgencyFactory(code="H15.99")
    webhook.account.assignments.update(agency=other)
    receive(office)
    webhooks.send(webhook.pk)
    webhook.refresh_from_db()
    assert (receiver.requests, webhook.position) == ([], 1)


def test_a_locked_account_gets_nothing(office, webhook, receiver):
    webhook.account.is_active = False
    webhook.account.save()
    receive(office)
    webhooks.send(webhook.pk)
    webhook.refresh_from_db()
    assert (receiver.requests, webhook.failures) == ([], 1)


def test_while_one_process_sends_no_other_does_and_a_late_answer_counts_for_nothing(
    office, webhook, receiver
):
    receive(office)
    held = leases.claim(webhooks.due(), webhook.pk, webhooks.LEASE)
    webhooks.send(webhook.pk)
    assert receiver.requests == []
    due_again(webhook)
    webhooks.send(webhook.pk)
    assert held is not None
    assert not leases.held(held).exists(), "its lease ended: another process has gone on"


def test_what_fails_after_it_was_stopped_does_not_say_that_it_was_refused(office, webhook, receiver):
    receive(office)
    held = leases.claim(webhooks.due(), webhook.pk, webhooks.LEASE)
    webhooks.stop(webhook)
    assert leases.fail(held, "500") is False
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.failing_since, webhooks.paused()) == (False, None, 0)


def test_a_seal_begins_to_send_to_what_is_due(office, webhook, receiver, monkeypatch):
    begun: list[tuple[str, int]] = []
    went = threading.Event()

    def send(slug: str, key: int, act: Any) -> None:
        begun.append((slug, key))
        went.set()

    monkeypatch.setattr(webhook_threads, "_send", send)
    receive(office)
    assert went.wait(5)
    assert begun == [("daklak", webhook.pk)]
    webhook_threads.end()
    webhook_threads._going.clear()


def test_one_who_hangs_has_threads_of_its_own(office, webhook, receiver, monkeypatch):
    """All threads of those that failed before are busy, and what takes is sent all the same."""
    over, sent = threading.Event(), threading.Event()
    failing = Webhook.objects.bulk_create(
        Webhook(name=f"{n}", url="https://x.vn/", account=webhook.account, secret="whsec_x", failures=1)
        for n in range(20)
    )
    slow = {one.pk for one in failing}
    monkeypatch.setattr(
        webhook_threads, "_send", lambda slug, key, act: over.wait(10) if key in slow else sent.set()
    )
    try:
        receive(office)
        assert sent.wait(5)
    finally:
        over.set()
        webhook_threads.end()
        webhook_threads._going.clear()


# --- The page


@pytest.fixture
def administrator(office: Office) -> Client:
    person = UserFactory(username="quan-tri", is_staff=True)
    AssignmentFactory(user=person, agency=office.desk, role=Role.ADMINISTRATOR)
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(person)
    return client


@pytest.fixture
def page(webhook: Webhook, administrator: Client) -> Callable[..., str]:
    """`page(**posted)`: the text of the page, or of the one it leads to."""

    def show(**posted: str) -> str:
        address = reverse("admin:webhook", args=[webhook.pk])
        answer = administrator.post(address, posted, follow=True) if posted else administrator.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return show


def test_a_secret_is_shown_once(webhook, page):
    shown = page(secret="1")
    webhook.refresh_from_db()
    assert webhook.secret in shown
    assert webhook.secret not in page()


def test_it_is_stopped_and_goes_on_by_a_press(webhook, page):
    assert "Gửi tiếp" in page(stop="1")
    assert not Webhook.objects.get().is_active
    assert "Dừng gửi" in page(resume="1")
    assert Webhook.objects.get().is_active


def test_a_new_address_begins_at_the_end_of_the_log_and_without_a_secret(office, webhook, administrator):
    receive(office)
    address = reverse("admin:exchange_webhook_add")
    given = {"name": "Bộ", "account": webhook.account.pk}
    refused = administrator.post(address, {**given, "url": "https://10.0.0.1/"})
    assert "OUTBOUND_ALLOW" in refused.content.decode()
    assert administrator.post(address, {**given, "url": "https://nhan.example.vn/"}).status_code == 302
    made = Webhook.objects.get(name="Bộ")
    assert (made.position, made.secret) == (1, "")


def test_saving_its_form_leaves_how_far_it_is(webhook, administrator):
    address = reverse("admin:exchange_webhook_change", args=[webhook.pk])
    form = administrator.get(address)
    Webhook.objects.update(position=7)
    given = {"name": "Tên khác", "url": webhook.url, "account": webhook.account.pk}
    assert form.status_code == 200
    assert administrator.post(address, given).status_code == 302
    assert Webhook.objects.values_list("name", "position").get() == ("Tên khác", 7)
