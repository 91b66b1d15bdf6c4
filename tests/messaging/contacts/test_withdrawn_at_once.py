"""Consents of one telephone number end from several sides at the same moment. All people are invented."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from messaging.channels.models import Lane
from messaging.contacts import contacts, followers
from messaging.contacts.models import Contact, Follower
from messaging.inbound import privacy, receive
from messaging.inbound.models import WebhookEvent
from tests.dossiers.chatting import READER, SOMEBODY_ELSE
from tests.messaging.holding import at_once

PATIENCE = 3.0


@pytest.fixture
def person(committed_province: Any, chat_service: None, monkeypatch: pytest.MonkeyPatch) -> Contact:
    """Two readers are linked to what this person is told, and both hold their breath before a consent ends."""
    Lane.objects.create(channel="chat", account="chinh")
    known = contacts.contact_for("0905000217", "Nguyễn Thị Thử")
    contacts.grant(known, "chat", evidence="đơn thử")
    for number, address in enumerate((READER, SOMEBODY_ELSE)):
        reader = Follower.objects.create(channel="chat", account="chinh", address=address)
        with transaction.atomic():
            followers.link(followers.lock(reader.pk), f"dossier:{number}", known, "mã")
    both = threading.Barrier(2)

    def together(real: Callable[..., Any]) -> Callable[..., Any]:
        def held(*arguments: Any) -> Any:
            # One that waits for a lock of the other does not come here.
            with suppress(threading.BrokenBarrierError):
                both.wait(PATIENCE)
            return real(*arguments)

        return held

    monkeypatch.setattr(contacts, "opt_out", together(contacts.opt_out))
    monkeypatch.setattr(privacy, "_refuse_while_live", together(privacy._refuse_while_live))
    return known


def stop(reader: str) -> None:
    told = {"from": reader, "id": f"m{reader}", "text": "TẮT TIN"}
    receive.receive("chat", "chinh", {}, json.dumps(told).encode())


def read_one() -> None:
    receive.process_pending(1)


def stops_are_done() -> bool:
    return set(WebhookEvent.objects.values_list("state", "problem")) == {("done", "")}


@pytest.mark.committed
def test_two_readers_of_one_number_stop(committed_province: Any, person: Contact) -> None:
    stop(READER)
    stop(SOMEBODY_ELSE)
    failed = at_once(committed_province, read_one, read_one)
    assert (failed, stops_are_done()) == ([], True)


@pytest.mark.committed
def test_a_number_is_erased_while_its_reader_stops(committed_province, person, caplog):
    stop(READER)
    failed = at_once(committed_province, read_one, lambda: privacy.erase(person, None))
    assert (failed, "deadlock" in caplog.text) == ([], False)
