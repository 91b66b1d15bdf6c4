"""Code and key sent one right after the other, while several workers look for work. Readers are invented."""

import json
import threading
from typing import Any

import pytest
from django.db import connection

from messaging.inbound import receive
from messaging.inbound.chat import conversation, turns
from messaging.inbound.models import IncomingMessage, WebhookEvent
from tenants import clock
from tenants.isolation.context import province_context
from tests.dossiers.chatting import ChatChannel, open_account
from tests.dossiers.walking import received
from tests.factories import Office
from tests.messaging.holding import held_elsewhere

PAIRS, WORKERS = 20, 4


@pytest.mark.committed
def test_the_key_is_read_after_the_code_it_belongs_to(committed_province, channel, noon, hints):
    stop = threading.Event()

    def work() -> None:
        try:
            with clock.frozen(noon), province_context(committed_province.record):
                while not stop.is_set() or receive.queue.has_pending() or conversation.queue.has_pending():
                    receive.process_pending(3)
                    turns.process_pending(3)
        finally:
            connection.close()

    office = Office("H99")
    open_account()
    dossier = received(office, consents=frozenset())
    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for one in workers:
        one.start()
    for pair in range(PAIRS):
        for part, text in enumerate((dossier.code, dossier.lookup_key)):
            told = {"from": f"55{pair}", "id": f"m{pair}-{part}", "text": text}
            receive.receive("chat", "chinh", {}, json.dumps(told).encode())
    stop.set()
    for one in workers:
        one.join()
    taken_for: dict[int, list[str]] = {}
    for follower, kind in IncomingMessage.objects.order_by("pk").values_list("follower_id", "answered_as"):
        taken_for.setdefault(follower, []).append(kind)
    assert list(taken_for.values()) == [["progress", "details"]] * PAIRS
    assert set(WebhookEvent.objects.values_list("state", "tries")) == {("done", 1)}


@pytest.mark.committed
def test_a_text_that_another_works_on_is_passed_over(committed_province: Any, channel: ChatChannel) -> None:
    open_account()
    receive.receive("chat", "chinh", {}, b'{"from": "551", "id": "m1", "text": "hello"}')
    receive.process_pending()
    with held_elsewhere(committed_province.record, IncomingMessage.objects.all()):
        assert turns.process_pending() == 0
    assert turns.process_pending() == 1
