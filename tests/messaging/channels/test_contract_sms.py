"""The SMS channel keeps the contract, against the pretended provider."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from messaging.channels.base import Account
from messaging.channels.sms import gateway
from messaging.channels.sms.channel import SmsChannel
from messaging.channels.sms.gateway import read_gateway
from tenants.web import http
from tenants.web.http import Answered, Cut, NotSent
from tests.messaging.channel_contract import Bench, ChannelContract
from tests.simulators.sms.process import FakeProvider, account_settings
from tests.simulators.sms.provider import SIGNATURE, signature

NUMBER = "0905000217"
TOKEN, SECRET = "ma-bi-mat-thu", "khoa-bien-nhan-thu"


class SmsBench(Bench):
    channel = SmsChannel()
    secrets = (TOKEN, SECRET)

    def __init__(self, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
        self.provider = provider
        self._monkeypatch = monkeypatch
        # An account of the provider for this test alone.
        name = f"thu-{uuid.uuid4().hex[:8]}"
        config = account_settings(provider.url, name)
        config["send"]["headers"] = {"Authorization": "Bearer {secret:token}"}
        config["outcomes"] = {"0": "accepted", "2": "bad_address"}
        config["receipts"] = {"reference": "reference", "id": "id", "states": {"delivered": "delivered"}}
        self.account = Account(
            uuid.uuid4(),
            "chinh",
            external_id=name,
            config=config,
            secrets={"token": TOKEN, "receipts": SECRET},
            callback_url="http://daklak.localhost/webhooks/sms/chinh/",
        )

    def _behave(self, **faults: Any) -> str:
        self.provider.control(self.account.external_id, **faults)
        return NUMBER

    def good(self) -> str:
        return self._behave()

    def refuses(self) -> str:
        return self._behave(code="2")

    def busy(self) -> str:
        return self._behave(http=503)

    def loses_the_answer(self) -> str:
        return self._behave(cut_after=1.0)

    def is_silent(self) -> str:
        self._monkeypatch.setattr(gateway, "READ_SECONDS", 0.2)
        return self._behave(hang=True)

    def taken(self) -> list[str]:
        lines = self.provider.lines()
        return [line.reference for line in lines if line.account == self.account.external_id and line.taken]

    def answers(self) -> list[Any]:
        at, _problems = read_gateway(self.account.config, self.account.secrets)
        results: list[http.Result] = [
            Answered(200, {}, b'{"code": 0, "id": "SMS1"}'),
            Answered(200, {}, b'{"code": "2", "message": "0905000217 khong co"}'),
            Answered(503, {}, b""),
            Answered(429, {"retry-after": "30"}, b""),
            NotSent("nobody there"),
            Cut("ReadTimeout"),
        ]
        return [(at, result) for result in results]

    def is_gone(self) -> Account:
        return replace(self.account, config={**self.account.config, "base": "http://127.0.0.1:1"})

    def senseless(self) -> list[Account]:
        sound, send = self.account.config, self.account.config["send"]
        nonsense: list[Any] = [
            {},
            {"base": self.provider.url},
            {**sound, "send": {"url": 5}},
            {**sound, "base": "https://10.0.0.1"},
            {**sound, "base": "http://169.254.169.254"},
            {**sound, "send": {**send, "url": "{base}/{la}"}},
            {**sound, "send": {**send, "headers": {"a": "{secret:khong-co}"}}},
            {**sound, "send": {**send, "headers": {"a": "b\r\nc: d"}}},
            {**sound, "send": {**send, "headers": None}},
            {**sound, "statuses": None},
            {**sound, "text_max": "nhiều"},
        ]
        return [replace(self.account, config=config) for config in nonsense]

    def callback(self, tracking_id: uuid.UUID) -> tuple[dict[str, str], bytes]:
        raw = json.dumps({"reference": str(tracking_id), "id": "SMS1", "state": "delivered"}).encode()
        return {SIGNATURE.lower(): signature(raw, SECRET)}, raw

    def neighbour(self) -> Account:
        return replace(self.account, name="khac", secrets={"token": TOKEN, "receipts": "khóa khác"})


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeProvider]:
    with FakeProvider(tmp_path_factory.mktemp("provider") / "journal.jsonl") as process:
        yield process


class TestSmsKeepsTheContract(ChannelContract):
    @pytest.fixture
    def bench(self, provider, settings, monkeypatch, tmp_path):
        settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", provider.port), ("127.0.0.1", 1)})
        return SmsBench(provider, monkeypatch)
