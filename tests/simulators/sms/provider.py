"""What the pretended provider does with a request: the answer, and what it keeps."""

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.simulators.local_http import Answer, Request, post
from tests.simulators.sms.faults import EVERYBODY, Faults
from tests.simulators.sms.journal import ASK, CONTROL, RECEIPT, SEND, Journal, Reader

ABSENT, ACCEPTED, DELIVERED = "absent", "accepted", "delivered"
SIGNATURE = "X-Signature"
RECEIPT_SECONDS = 10.0
SILENCE, CUT = Answer(ending="silent"), Answer(ending="cut")


def signature(body: bytes, secret: str) -> str:
    """HMAC-SHA256 of the raw body, in hexadecimal digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Provider:
    """Accounts come into being when they are first used; what was taken is known from the journal again
    after a restart."""

    def __init__(self, journal: Path, seed: int | None = None) -> None:
        self._states: dict[tuple[str, str], str] = {}
        for line in Reader(journal).lines():
            if line.taken:
                self._states[line.account, line.reference] = ACCEPTED
        self._journal = Journal(journal)
        self._faults: dict[str, Faults] = {}
        self._random = random.Random(seed)
        self._number = len(self._states)
        self._under_way: set[asyncio.Task[None]] = set()

    def handle(self, request: Request) -> Answer:
        """Never raises: a request that makes no sense is answered so."""
        try:
            return self._handle(request)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _json({"code": "1", "message": f"{type(error).__name__}: {error}"}, status=400)

    def _handle(self, request: Request) -> Answer:
        first, _, rest = request.path.strip("/").partition("/")
        doors: dict[tuple[str, str], Callable[[], Answer]] = {
            ("POST", "send"): lambda: self._send(rest, json.loads(request.body)),
            ("GET", "status"): lambda: self._status(rest, request.query["reference"]),
            ("POST", "_control"): lambda: self._control(json.loads(request.body)),
            ("GET", "_journal"): lambda: _answer(self._journal.path.read_bytes()),
        }
        door = doors.get((request.method, first))
        return door() if door else _json({"code": "4", "message": "no such page"}, status=404)

    def _control(self, told: dict[str, Any]) -> Answer:
        account = told.pop("account", EVERYBODY)
        faults = Faults.read(told)
        if account == EVERYBODY:
            self._faults.clear()
        self._faults[account] = faults
        # The secret is of no use to a reader of the journal.
        self._journal.note(CONTROL, account, answer=repr(replace(faults, secret="")))
        return _json({"code": "0"})

    def _of(self, account: str) -> Faults:
        return self._faults.get(account) or self._faults.get(EVERYBODY) or Faults()

    def _send(self, account: str, asked: dict[str, Any]) -> Answer:
        faults = self._of(account)
        reference, to, text = str(asked["reference"]), str(asked["to"]), str(asked["text"])
        taken, answer, name = self._decide(faults)
        number = ""
        if taken:
            self._number += 1
            number = f"SMS{self._number:08d}"
            self._states.setdefault((account, reference), ACCEPTED)
        self._journal.note(
            SEND, account, reference=reference, to=to, text=text, id=number, answer=name, taken=taken
        )
        if taken and faults.receipts is not None:
            self._later(self._deliver(account, faults, reference, number, str(asked.get("callback") or "")))
        if answer is None:
            answer = _json({"code": "0", "id": number})
        wait = faults.latency + faults.jitter * self._random.random()
        return replace(answer, latency=wait) if not answer.ending else answer

    def _decide(self, faults: Faults) -> tuple[bool, Answer | None, str]:
        """Whether the message is taken, the answer (None: a good one), and its name for the journal."""
        if faults.hang:
            return False, SILENCE, "hang"
        if faults.http is not None:
            return False, _trouble(faults), str(faults.http)
        if self._random.random() < faults.cut_before:
            return False, CUT, "cut"
        if faults.code:
            return False, _json({"code": faults.code, "message": "refused"}), f"code {faults.code}"
        if faults.hang_after:
            return True, SILENCE, "hang"
        if self._random.random() < faults.cut_after:
            return True, CUT, "cut"
        if self._random.random() < faults.garbage:
            return True, _answer(b"<html>\xff\xfe busy"), "garbage"
        return True, None, "ok"

    def _status(self, account: str, reference: str) -> Answer:
        faults = self._of(account)
        state = self._states.get((account, reference), ABSENT)
        if faults.hang:
            answer, name = SILENCE, "hang"
        elif faults.http is not None:
            answer, name = _trouble(faults), str(faults.http)
        else:
            answer, name = _json({"code": "0", "state": state}), state
        self._journal.note(ASK, account, reference=reference, answer=name)
        return replace(answer, latency=faults.latency) if not answer.ending else answer

    async def _deliver(
        self, account: str, faults: Faults, reference: str, number: str, callback: str
    ) -> None:
        await asyncio.sleep(faults.receipts or 0)
        self._states[account, reference] = DELIVERED
        if not callback:
            return
        body = json.dumps({"reference": reference, "id": number, "state": DELIVERED}).encode()
        signed = {SIGNATURE: signature(body, faults.secret)}
        answered, _connected, _seconds = await post(callback, body, signed, RECEIPT_SECONDS)
        self._journal.note(RECEIPT, account, reference=reference, id=number, answer=answered)

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._under_way.discard)


def _answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status, body, {"Content-Type": "application/json"})


def _json(content: dict[str, str], status: int = 200) -> Answer:
    return _answer(json.dumps(content).encode(), status)


def _trouble(faults: Faults) -> Answer:
    status = faults.http or 503
    answer = _json({"code": str(status), "message": "trouble"}, status)
    if (after := faults.retry_after_header()) is not None:
        answer.headers["Retry-After"] = after
    return answer
