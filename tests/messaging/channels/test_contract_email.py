"""The e-mail channel of `examples/` keeps the contract, against a mail server of the test's own."""

import smtplib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from mot_cua_email import channel
from mot_cua_email.channel import EmailChannel, Trouble
from smtp_sink import SmtpSink

from messaging.channels.base import Account
from tests.messaging.channel_contract import Bench, ChannelContract


class EmailBench(Bench):
    channel = EmailChannel()
    secrets = ("mat-khau-thu",)

    def __init__(self, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sink = sink
        self._monkeypatch = monkeypatch
        self.account = Account(uuid.uuid4(), "chinh", config={"from": "mot-cua@tinh.example"})

    def good(self) -> str:
        return "thu@thu.example"

    def refuses(self) -> str:
        return "khong-co@thu.example"

    def busy(self) -> str:
        return "ban@thu.example"

    def loses_the_answer(self) -> str:
        return "mat@thu.example"

    def is_silent(self) -> str:
        self._monkeypatch.setattr(channel, "STEP_SECONDS", 0.2)
        return "im@thu.example"

    def taken(self) -> list[str]:
        return [letter["Message-ID"].strip("<>").partition("@")[0] for letter in self.sink.letters]

    def answers(self) -> list[Any]:
        return [
            None,
            Trouble(
                smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"a@b.example")}), may_have_left=False
            ),
            Trouble(smtplib.SMTPServerDisconnected("a@b.example"), may_have_left=True),
            Trouble(ConnectionRefusedError(), may_have_left=False),
        ]

    def is_gone(self) -> Account:
        self._monkeypatch.setenv("EMAIL_URL", "smtp://ten:mat-khau-thu@127.0.0.1:1")
        return Account(self.account.province, "chinh", config=dict(self.account.config))

    def senseless(self) -> list[Account]:
        return [
            Account(self.account.province, "chinh", config=config) for config in ({}, {"from": "a\nb@c.d"})
        ]


class TestEmailKeepsTheContract(ChannelContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmailBench]:
        with SmtpSink() as sink:
            monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{sink.port}")
            yield EmailBench(sink, monkeypatch)
