"""Several workers over the same texts: each text is answered once, whoever takes it. Readers are invented."""

import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from messaging.channels.models import Lane
from messaging.contacts.models import Follower
from messaging.inbound import receive
from messaging.inbound.chat import conversation, turns
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox.models.messages import Message
from tenants.isolation.context import province_context
from tests.messaging.holding import held_elsewhere

TEXTS, READERS, WORKERS = 60, 6, 4


@pytest.mark.committed
def test_many_workers_answer_each_text_once(
    committed_province: Any, chat_service: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []

    def answer(heard: conversation.IncomingText) -> bool:
        shown.append(heard.id)
        with transaction.atomic(durable=True):
            conversation.reply(heard, "Chào ông/bà.", conversation.Kind.MENU)
        return True

    def work() -> None:
        try:
            with province_context(committed_province.record):
                while receive.queue.has_pending() or conversation.queue.has_pending():
                    receive.process_pending(5, seconds=20)
                    turns.process_pending(5, seconds=20)
        finally:
            connection.close()

    monkeypatch.setattr(turns, "MACHINES", (answer,))
    monkeypatch.setattr(turns, "HANDLERS", ())
    Lane.objects.create(channel="chat", account="chinh")
    for number in range(TEXTS):
        told = {"from": f"55{number % READERS}", "id": f"m{number}", "text": "giờ làm việc"}
        receive.receive("chat", "chinh", {}, json.dumps(told).encode())
    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    work()
    assert len(shown) == len(set(shown)) == TEXTS
    assert set(WebhookEvent.objects.values_list("state", "tries")) == {("done", 1)}
    assert set(IncomingMessage.objects.values_list("tries", "answered_as")) == {(1, "menu")}
    assert (Message.objects.count(), Follower.objects.count()) == (TEXTS, READERS)


@pytest.mark.committed
def test_a_text_that_another_works_on_is_passed_over(committed_province: Any, chat_service: None) -> None:
    Lane.objects.create(channel="chat", account="chinh")
    receive.receive("chat", "chinh", {}, b'{"from": "551", "id": "m1", "text": "hello"}')
    receive.process_pending()
    with held_elsewhere(committed_province.record, IncomingMessage.objects.all()):
        assert turns.process_pending() == 0
    assert turns.process_pending() == 1
