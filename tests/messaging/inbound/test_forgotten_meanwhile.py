"""Somebody is forgotten while what they wrote is being dealt with, or waits to be. All of them are invented."""

import json

import pytest
from django.db import transaction

from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.models import Lane
from messaging.contacts import followers
from messaging.contacts.models import Follower
from messaging.inbound import handlers, receive
from messaging.inbound.chat import conversation
from messaging.inbound.handlers import erase
from messaging.inbound.models import IncomingMessage, WebhookEvent
from messaging.outbox.models.messages import Message
from tenants.isolation.province_cache import ProvinceRecord
from tests.dossiers.chatting import READER

NEW, IGNORED = WebhookEvent.State.NEW, WebhookEvent.State.IGNORED


@pytest.fixture(autouse=True)
def _known(province: ProvinceRecord, chat_service: None) -> None:
    """They wrote before."""
    Lane.objects.create(channel="chat", account="chinh")
    tell("m1", "xin chào")
    receive.process_pending()


def tell(name: str, text: str) -> WebhookEvent:
    told = json.dumps({"from": READER, "id": name, "text": text})
    receive.receive("chat", "chinh", {}, told.encode())
    return WebhookEvent.objects.latest("pk")


def forget() -> None:
    with transaction.atomic():
        known = followers.find("chat", "chinh", READER)
        erase(known)
        handlers.blank_events([READER])
        handlers.cancel_pending([READER])


def is_gone() -> bool:
    events = list(WebhookEvent.objects.values_list("state", "reader", "raw"))
    return (
        not Follower.objects.exclude(state=Follower.State.ERASED).exists()
        and not IncomingMessage.objects.exists()
        and all((state != NEW, reader, raw) == (True, "", "") for state, reader, raw in events)
    )


def test_what_a_worker_has_just_taken_brings_nobody_back() -> None:
    taken = receive.queue.claim("chat", "chinh", tell("m2", "chuyện riêng").reader)
    assert taken
    forget()
    receive.dispatch_events(taken, account_of)
    assert is_gone()


def test_what_waits_to_be_tried_again_brings_nobody_back() -> None:
    tell("m2", "chuyện riêng")
    forget()
    receive.process_pending()
    assert (is_gone(), WebhookEvent.objects.latest("pk").state) == (True, IGNORED)


def test_what_others_wrote_waits_as_before() -> None:
    told = json.dumps({"from": "246845883529190000", "id": "m3", "text": "xin chào"})
    receive.receive("chat", "chinh", {}, told.encode())
    forget()
    assert WebhookEvent.objects.filter(state=NEW).count() == 1


def test_no_answer_is_written_to_them() -> None:
    (claimed,) = conversation.queue.claim("chat", "chinh", Follower.objects.get().pk)
    heard = conversation.read_claimed(claimed)
    assert heard is not None
    forget()
    with pytest.raises(conversation.ReaderErased), transaction.atomic():
        conversation.reply(heard, "Hồ sơ đã xong.", conversation.Kind.DETAILS)
    assert not Message.objects.exists()
