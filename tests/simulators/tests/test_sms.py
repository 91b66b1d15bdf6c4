"""The pretended provider does what it says: other tests believe its journal."""

import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.sms.journal import Line
from tests.simulators.sms.process import FakeProvider
from tests.simulators.tests.receiver import Receiver

MESSAGE = {"to": "0905000001", "text": "Tin minh họa", "reference": "r-1"}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeProvider]:
    with FakeProvider(tmp_path_factory.mktemp("provider") / "journal.jsonl", seed=1) as provider:
        yield provider


class Account:
    """One account of the provider, fresh for each test."""

    def __init__(self, process: FakeProvider, name: str) -> None:
        self.process, self.name = process, name

    def faults(self, **faults: Any) -> None:
        self.process.control(self.name, **faults)

    def send(self, **changed: str) -> tuple[int, dict[str, str]]:
        status, body = self.process.request("POST", f"/send/{self.name}", {**MESSAGE, **changed})
        return status, json.loads(body)

    def state(self, reference: str = "r-1") -> str:
        _status, body = self.process.request("GET", f"/status/{self.name}?reference={reference}")
        return str(json.loads(body)["state"])

    def lines(self, event: str = "send") -> list[Line]:
        return [line for line in self.process.lines() if (line.account, line.event) == (self.name, event)]

    def taken(self) -> int:
        return sum(line.taken for line in self.lines())


@pytest.fixture
def account(process: FakeProvider, request: pytest.FixtureRequest) -> Account:
    return Account(process, request.node.name.partition("[")[0])


def wait_for(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "deadline"
        threading.Event().wait(0.01)


def test_a_message_is_taken_written_down_and_known(account: Account) -> None:
    before = time.monotonic()
    status, answer = account.send()
    (line,) = account.lines()
    assert (status, answer["code"], answer["id"]) == (200, "0", line.id)
    assert (line.reference, line.to, line.text, line.answer, line.taken) == (
        "r-1", "0905000001", "Tin minh họa", "ok", True,
    )  # fmt: skip
    assert before <= line.mono <= time.monotonic()
    assert (account.state(), account.state("other")) == ("accepted", "absent")


def test_it_dedupes_nothing(account: Account) -> None:
    account.send()
    account.send()
    assert account.taken() == 2


@pytest.mark.parametrize(
    ("faults", "status"), [({"http": 503}, 503), ({"http": 429, "retry_after": 7}, 429), ({"code": "9"}, 200)]
)
def test_refusing_takes_nothing(account: Account, faults: dict[str, Any], status: int) -> None:
    account.faults(**faults)
    answered, answer = account.send(reference=f"refused-{status}")
    account.faults()
    assert (answered, account.state(f"refused-{status}")) == (status, "absent")
    assert answer["code"] != "0"


@pytest.mark.parametrize(("faults", "taken"), [({"cut_after": 1.0}, 1), ({"cut_before": 1.0}, 0)])
def test_a_cut_connection_has_no_answer(account: Account, faults: dict[str, Any], taken: int) -> None:
    account.faults(**faults)
    before = account.taken()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        account.send()
    assert account.taken() - before == taken


@pytest.mark.parametrize(("faults", "taken"), [({"hang": True}, 0), ({"hang_after": True}, 1)])
def test_a_hanging_provider_never_answers(account: Account, faults: dict[str, Any], taken: int) -> None:
    account.faults(**faults)
    before = account.taken()
    body = json.dumps(MESSAGE).encode()
    with socket.create_connection(("127.0.0.1", account.process.port), timeout=0.3) as client:
        head = f"POST /send/{account.name} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert account.taken() - before == taken


def test_receipts_come_back_signed(account: Account, receiver: Receiver) -> None:
    receiver.status = 204
    account.faults(receipts=0.05, secret="khóa minh họa")
    _status, answer = account.send(callback=receiver.url)
    wait_for(lambda: account.lines("receipt"))
    _method, headers, body = receiver.received[0]
    assert json.loads(body) == {"reference": "r-1", "id": answer["id"], "state": "delivered"}
    assert hmac.compare_digest(
        headers["x-signature"], hmac.new("khóa minh họa".encode(), body, hashlib.sha256).hexdigest()
    )
    assert {line.answer for line in account.lines("receipt")} == {"204"}
    assert account.state() == "delivered"


def test_what_was_taken_outlives_a_kill(tmp_path: Path) -> None:
    with FakeProvider(tmp_path / "journal.jsonl") as first:
        Account(first, "a").send()
        first.kill()
    with FakeProvider(tmp_path / "journal.jsonl") as second:
        assert Account(second, "a").state() == "accepted"
