"""The pretended provider does what it says: other tests believe its journal."""

import hashlib
import hmac
import json
from pathlib import Path

from tests.faults.processes import wait_until
from tests.messaging.scripted_server import plain, serving
from tests.simulators.sms.process import FakeProvider

MESSAGE = {"to": "0905000001", "text": "Tin minh họa", "reference": "r-1"}


def state(provider: FakeProvider) -> str:
    return str(json.loads(provider.request("GET", "/status/a?reference=r-1")[1])["state"])


def test_receipts_come_back_signed(tmp_path: Path) -> None:
    with FakeProvider(tmp_path / "journal.jsonl") as provider, serving(plain(b"")) as receiver:
        provider.control("a", receipts=0.05, secret="khóa minh họa")
        _status, answer = provider.request("POST", "/send/a", {**MESSAGE, "callback": receiver.url})
        wait_until(lambda: any(line.event == "receipt" for line in provider.lines()), 5, "receipt")
        head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
        told = {"reference": "r-1", "id": json.loads(answer)["id"], "state": "delivered"}
        mac = hmac.new("khóa minh họa".encode(), body, hashlib.sha256).hexdigest()
        assert (json.loads(body), f"X-Signature: {mac}" in head.decode()) == (told, True)
        assert state(provider) == "delivered"


def test_what_was_taken_outlives_a_kill(tmp_path: Path) -> None:
    with FakeProvider(tmp_path / "journal.jsonl") as first:
        first.request("POST", "/send/a", MESSAGE)
        first.kill()
    with FakeProvider(tmp_path / "journal.jsonl") as second:
        assert state(second) == "accepted"
