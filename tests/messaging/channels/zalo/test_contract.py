"""The Zalo channel keeps the contract of all channels: by telephone number, and in a chat."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.channels.base import Account, Finding, OutgoingMessage, Question
from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.zalo import client
from messaging.channels.zalo.channel import ZaloChannel
from messaging.channels.zalo.errors import Heard
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import CHAT, TEMPLATE_PHONE
from messaging.channels.zalo.webhooks import HEADER, mac
from tenants.web import http
from tenants.web.http import Answered, Cut, NotSent
from tests.messaging.channel_contract import Bench, ChannelContract
from tests.messaging.channel_contract import message as plain_message
from tests.messaging.channels.zalo.making import (
    ACCESS,
    APP,
    APP_SECRET,
    FORM,
    NOON,
    OA,
    OA_SECRET,
    PHONE,
    REFRESH,
    UID,
    account,
    refusal,
    success,
)
from tests.messaging.scripted_server import ScriptedServer, plain, serving

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class ZaloBench(Bench):
    """A Zalo that takes templates by telephone number."""

    channel = ZaloChannel()
    secrets = (APP_SECRET, OA_SECRET, ACCESS, REFRESH)
    way = TEMPLATE_PHONE
    # Zalo does not find a message by our id: its receipt is waited for, and nothing proves that it never came.
    found_again = frozenset({Finding.LATER, Finding.AWAITED})
    never_came = frozenset({Finding.LATER, Finding.AWAITED})

    def __init__(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.account = account()
        self.settings, self._monkeypatch = settings, monkeypatch
        self.mood = "good"
        self.texts: list[str] = []

    def answer(self, connection: Any, request: bytes) -> None:
        line, _, rest = request.partition(b"\r\n")
        if line.startswith(b"GET"):
            plain(json.dumps(self.told(line.split(b" ")[1].decode())).encode())(connection, request)
            return
        body = rest.partition(b"\r\n\r\n")[2].decode()
        match self.mood:
            case "refuses":
                plain(json.dumps(refusal(self.refusal, f"{UID} {PHONE} {body}")).encode())(
                    connection, request
                )
            case "busy":
                plain(b"", "503 Service Unavailable")(connection, request)
            case "silent":
                self.server.over.wait(2)
            case "loses":
                self.texts.append(body)
                connection.close()
            case _:
                self.texts.append(body)
                plain(json.dumps(success(msg_id="a4d0", message_id="m1")).encode())(connection, request)

    refusal = -118
    server: ScriptedServer

    def told(self, target: str) -> Any:
        return success(oaid=OA, is_verified=True, name="OA")

    def _be(self, mood: str) -> str:
        self.mood = mood
        return UID

    def good(self) -> str:
        return self._be("good")

    def refuses(self) -> str:
        return self._be("refuses")

    def busy(self) -> str:
        return self._be("busy")

    def loses_the_answer(self) -> str:
        return self._be("loses")

    def is_silent(self) -> str:
        self._monkeypatch.setattr(client, "READ_SECONDS", 0.2)
        return self._be("silent")

    def taken(self) -> list[str]:
        return [found[0] for found in map(_UUID.search, self.texts) if found]

    def message(self, address: str) -> OutgoingMessage:
        return replace(
            plain_message(address), phone=PHONE, template=FORM, ways_done=frozenset({CHAT, "template_uid"})
        )

    def question(self, sent: OutgoingMessage) -> Question:
        return Question(sent.tracking_id, way=self.way, message=sent, age=timedelta(seconds=20))

    def answers(self) -> list[Any]:
        results = [
            Answered(200, {}, json.dumps(success(msg_id="a")).encode()),
            Answered(200, {}, json.dumps(refusal(-118)).encode()),
            Answered(200, {}, json.dumps(refusal(-133)).encode()),
            Answered(200, {}, json.dumps(refusal(-144)).encode()),
            Answered(200, {}, b"<html>"),
            Answered(429, {"retry-after": "30"}, b""),
            NotSent("nobody there"),
            Cut("ReadTimeout"),
        ]
        return [Heard(Host.BUSINESS, result, NOON, 0.5, self.way, 120) for result in results]

    def is_gone(self) -> Account:
        for host in ("OPENAPI", "BUSINESS", "OAUTH"):
            setattr(self.settings, f"ZALO_{host}_URL", "http://127.0.0.1:1")
        self.settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", 1)})
        return replace(self.account)

    def senseless(self) -> list[Account]:
        nonsense: list[Any] = [
            {}, {"app_id": 5}, {"app_id": APP, "chat_price": "nhiều"}, {"app_id": APP, "signature": None},
            {"app_id": APP, "pkce_mode": {}}, {"app_id": None}, {"app_id": APP, "la": [1]},
        ]  # fmt: skip
        accounts = [replace(self.account, config=config) for config in nonsense]
        return [*accounts, replace(self.account, secrets={}), replace(self.account, credentials={})]

    def callback(self, tracking_id: uuid.UUID) -> tuple[dict[str, str], bytes]:
        stamp = str(int(NOON.timestamp() * 1000))
        told = {
            "sender": {"id": OA}, "recipient": {"id": "84905000217"}, "event_name": "user_received_message",
            "message": {"delivery_time": stamp, "msg_id": "a4d0", "tracking_id": str(tracking_id)},
            "app_id": APP, "timestamp": stamp,
        }  # fmt: skip
        return self.sign(told)

    def sign(self, told: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        raw = json.dumps(told).encode()
        return {HEADER: f"mac={mac(APP, raw, told['timestamp'], OA_SECRET)}"}, raw

    def neighbour(self) -> Account:
        return replace(account(secrets={"oa_secret": "khoa-khac"}), name="khac")


class ChatBench(ZaloBench):
    """A Zalo that takes words, and keeps the conversation."""

    way = CHAT
    found_again = Bench.found_again
    never_came = Bench.never_came
    refusal = -244

    def message(self, address: str) -> OutgoingMessage:
        sent = plain_message(address)
        # Nothing of ours goes along in a chat: the test's own words name the message.
        return replace(sent, body=f"{sent.body} {sent.tracking_id}", heard_ago=timedelta(hours=1))

    def told(self, target: str) -> Any:
        if "conversation" not in target:
            return super().told(target)
        assert json.loads(parse_qs(urlsplit(target).query)["data"][0])["user_id"] == UID
        now = int(NOON.timestamp() * 1000)
        texts = [json.loads(body)["message"]["text"] for body in self.texts]
        lines = [{"src": 0, "time": now, "message": text} for text in texts]
        return {"error": 0, "data": [*lines, {"src": 1, "time": now, "message": "Xin chào"}]}

    def callback(self, tracking_id: uuid.UUID) -> tuple[dict[str, str], bytes]:
        stamp = str(int(NOON.timestamp() * 1000))
        told = {"sender": {"id": OA}, "recipient": {"id": UID}, "event_name": "user_received_message",
                "message": {"msg_id": "m1"}, "app_id": APP, "timestamp": stamp}  # fmt: skip
        return self.sign(told)


def _bench(kind: type[ZaloBench], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZaloBench]:
    bench = kind(settings, monkeypatch)
    with serving(bench.answer) as server:
        bench.server = server
        settings.OUTBOUND_ALLOW = frozenset({server.place})
        for host in ("OAUTH", "OPENAPI", "BUSINESS"):
            setattr(settings, f"ZALO_{host}_URL", server.url)
        yield bench
    http.forget()


class TestZaloKeepsTheContract(ChannelContract):
    @pytest.fixture
    def bench(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZaloBench]:
        yield from _bench(ZaloBench, settings, monkeypatch)


class TestZaloKeepsTheContractInAChat(ChannelContract):
    @pytest.fixture
    def bench(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZaloBench]:
        yield from _bench(ChatBench, settings, monkeypatch)

    def test_receipts_come_in_through_the_callback(self, bench: Bench) -> None:
        """In a chat by the provider's id: ours did not go along."""
        headers, raw = bench.callback(uuid.uuid4())
        assert bench.channel.verify_webhook(bench.account, headers, raw) is None
        assert list(bench.channel.parse_events(bench.account, raw)) == [
            Receipt(ReceiptKind.DELIVERED, None, "m1")
        ]
