"""The mock channel: its magic numbers, one attempt, its meaning, and its webhooks."""

import heapq
import hmac
import http.client
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Health,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
)
from messaging.channels.inbound_items import InboundItem, MessageIn, OptOut, Receipt, ReceiptKind, Rejected
from messaging.channels.mock.store import Journal, Taken
from tenants import clock

REFUSED_FOR_GOOD = "9990"
FAILS_ONCE = "9991"
SLOW = "9992"
ANSWER_LOST = "9993"
ARRIVES_LATER = "9994"
UNDELIVERED = "9995"
SEEN = "9996"
ALWAYS_BUSY = "9997"
LOCKED_OUT = "9998"
SLOW_SECONDS = 3.0

# In words for a demonstration of the portal.
DESCRIPTIONS: dict[str, "str | Promise"] = {
    REFUSED_FOR_GOOD: gettext_lazy("số không có tài khoản: bị từ chối hẳn"),
    FAILS_ONCE: gettext_lazy("lần đầu lỗi, lần sau gửi được"),
    SLOW: gettext_lazy("kênh trả lời chậm 3 giây"),
    ANSWER_LOST: gettext_lazy("kênh nhận tin nhưng mất câu trả lời"),
    ARRIVES_LATER: gettext_lazy("kênh nhận, 3 giây sau báo tin đã đến"),
    UNDELIVERED: gettext_lazy("kênh nhận, 2 giây sau báo tin không đến được"),
    SEEN: gettext_lazy("kênh nhận, báo tin đã đến rồi đã xem"),
    ALWAYS_BUSY: gettext_lazy("kênh luôn bận"),
    LOCKED_OUT: gettext_lazy("tài khoản gửi bị khóa: cả luồng tin tạm nghỉ"),
}


@dataclass(frozen=True, slots=True)
class LaterReceipt:
    """What the provider tells about a message it took, so long after it took it. `event` is a ReceiptKind."""

    event: str
    seconds: float
    code: str = ""


_LATER_RECEIPTS = {
    ARRIVES_LATER: (LaterReceipt("delivered", 3.0),),
    UNDELIVERED: (LaterReceipt("undelivered", 2.0, "unreachable"),),
    SEEN: (LaterReceipt("delivered", 1.0), LaterReceipt("seen", 3.0)),
}


def later_receipts(number: str) -> tuple[LaterReceipt, ...]:
    """What comes by callback about a message to this number, in order; nothing for most."""
    return _LATER_RECEIPTS.get(number[-4:], ())


log = logging.getLogger(__name__)

SIGNATURE = "x-mock-signature"
TIMEOUT_SECONDS = 5.0
REPEATED_AFTER_SECONDS = (2.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Callback:
    """A request as the provider sends it to the account's `callback_url`."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def signature(province: UUID, account_name: str, raw: bytes) -> str:
    """HMAC-SHA256 of the body, under a key that each account of each province has for itself."""
    return salted_hmac(f"mot-cua:{province}:mock:{account_name}", raw, algorithm="sha256").hexdigest()


def callback(account: Account, event: Mapping[str, str]) -> Callback:
    """A signed callback that tells `event`."""
    body = json.dumps(event, ensure_ascii=False).encode()
    signed = signature(account.province, account.name, body)
    return Callback(account.callback_url, body, {"content-type": "application/json", SIGNATURE: signed})


def due_callbacks(account: Account) -> list[Callback]:
    """All that the provider has told about this account's messages by now, oldest message first.

    For tests, which carry it to the door themselves: there no thread calls.
    """
    now = clock.now()
    return [
        callback(account, _event(taken, receipt))
        for taken in Journal(account.province).all_taken()
        for receipt in later_receipts(taken.number)
        if taken.when + timedelta(seconds=receipt.seconds) <= now
    ]


def call_later(account: Account, taken: Taken) -> None:
    """Tell about this message when the time has come, from a thread that ends with the process.

    Only where people look at a demonstration: tests call for themselves, and service has no such channel.
    """
    if not account.callback_url or not (settings.DEMO or settings.DEBUG):
        return
    for receipt in later_receipts(taken.number):
        _postman.take(callback(account, _event(taken, receipt)), receipt.seconds)


def post(sent: Callback) -> bool:
    """Carry a callback to the portal on this machine; whether it was taken.

    Always to the loopback address, whatever the host is called: `*.localhost` is known to browsers alone.
    """
    address = urlsplit(sent.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", address.path, sent.body, {"Host": address.netloc, **sent.headers})
        return connection.getresponse().status // 100 == 2
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _event(taken: Taken, receipt: LaterReceipt) -> dict[str, str]:
    detail = {"unreachable": _("Máy của người nhận tắt quá lâu.")}.get(receipt.code, "")
    return {
        "event": receipt.event,
        "tracking_id": taken.tracking_id,
        "message_id": taken.message_id,
        "code": receipt.code,
        "detail": detail,
        "at": (taken.when + timedelta(seconds=receipt.seconds)).isoformat(),
    }


class _Postman:
    """One thread for all callbacks of this process, however many wait."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self.leave_all_behind()

    def leave_all_behind(self) -> None:
        """A forked child starts with nothing: what waits is its parent's, and so is the thread."""
        self._change = threading.Condition()
        self._bag: list[tuple[float, int, int, Callback]] = []
        self._thread: threading.Thread | None = None

    def take(self, sent: Callback, seconds: float, round_: int = 0) -> None:
        with self._change:
            heapq.heappush(self._bag, (time.monotonic() + seconds, next(self._numbers), round_, sent))
            if self._thread is None:
                self._thread = threading.Thread(target=self._walk, name="mock-callbacks", daemon=True)
                self._thread.start()
            self._change.notify()

    def _walk(self) -> None:
        while True:
            sent, round_ = self._next()
            if post(sent):
                continue
            if round_ < len(REPEATED_AFTER_SECONDS):
                self.take(sent, REPEATED_AFTER_SECONDS[round_], round_ + 1)
            else:
                log.warning("mock channel: nobody takes the callback for %s", urlsplit(sent.url).path)

    def _next(self) -> tuple[Callback, int]:
        with self._change:
            while not self._bag or self._bag[0][0] > time.monotonic():
                self._change.wait(self._bag[0][0] - time.monotonic() if self._bag else None)
            _due, _number, round_, sent = heapq.heappop(self._bag)
            return sent, round_


_postman = _Postman()
os.register_at_fork(after_in_child=_postman.leave_all_behind)

_FINDINGS = {
    ReceiptKind.DELIVERED: Finding.DELIVERED,
    ReceiptKind.SEEN: Finding.DELIVERED,
    ReceiptKind.UNDELIVERED: Finding.UNDELIVERED,
}


class MockChannel(Channel):
    code = "mock"
    name = gettext_lazy("Kênh mô phỏng")
    capabilities = Capabilities(body_max=2000, can_be_asked=True, has_receipts=True)
    timeout = timedelta(seconds=5)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        journal, ending = Journal(account.province), message.address[-4:]
        refusal = _refusal(journal, ending, message)
        if refusal:
            return self.classify(refusal)
        if ending == SLOW:
            time.sleep(SLOW_SECONDS)
        taken = journal.take(message)
        if ending == ANSWER_LOST:
            return self.classify("cut")
        call_later(account, taken)
        answer = "taken" if later_receipts(taken.number) else "ok"
        return replace(self.classify(answer), provider_id=taken.message_id)

    def classify(self, answer: object) -> Outcome:
        return {
            "ok": Outcome(OutcomeKind.DELIVERED),
            "taken": Outcome(OutcomeKind.ACCEPTED),
            "no-subscriber": Outcome(
                OutcomeKind.PERMANENT,
                "no-subscriber",
                _("Số này không có tài khoản."),
                reason=Reason.NO_ACCOUNT,
            ),
            "busy": Outcome(OutcomeKind.TEMPORARY, "busy", _("Kênh đang bận."), reason=Reason.PROVIDER),
            "locked-out": Outcome(
                OutcomeKind.TEMPORARY,
                "locked-out",
                _("Kênh đã khóa tài khoản gửi."),
                reason=Reason.CREDENTIAL,
            ),
            "cut": Outcome(
                OutcomeKind.UNKNOWN, "cut", _("Đứt kết nối sau khi gửi."), reason=Reason.TRANSPORT
            ),
        }[str(answer)]

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        taken = Journal(account.province).taken(question.tracking_id)
        if taken is None:
            return Finding.ABSENT
        later = later_receipts(taken.number)
        if not later:
            return Finding.DELIVERED
        age = (clock.now() - taken.when).total_seconds()
        known = [receipt.event for receipt in later if receipt.seconds <= age]
        return _FINDINGS[ReceiptKind(known[-1])] if known else Finding.ACCEPTED

    def health(self, account: Account) -> Health:
        folder = Journal(account.province).path.parent
        writable = os.access(folder if folder.exists() else settings.DATA_DIR, os.W_OK)
        return Health(writable, "" if writable else _("Không ghi được sổ của kênh mô phỏng."))

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        expected = signature(account.province, account.name, raw)
        # As bytes: a header may hold anything, and only ASCII texts can be compared as texts.
        same = hmac.compare_digest(headers.get(SIGNATURE, "").encode("utf-8", "replace"), expected.encode())
        return None if same else Rejected("wrong signature")

    def parse_events(self, account: Account, raw: bytes) -> Iterable[InboundItem]:
        """`{"event": "delivered" | "seen" | "undelivered", "tracking_id", "message_id", "code", "detail"}` or
        `{"event": "opted_out", "number"}` or `{"event": "wrote", "number", "message_id", "text", "at"}`; other events
        are left alone."""
        payload = json.loads(raw)
        if not isinstance(payload, dict):
            raise ValueError("not an object")
        event = payload.get("event")
        if event == "opted_out":
            return [OptOut(_text(payload, "number"), _("nhắn từ chối qua kênh mô phỏng"))]
        if event == "wrote":
            number, name = self.normalise(_text(payload, "number")), _text(payload, "message_id")
            at = datetime.fromisoformat(_text(payload, "at"))
            return [MessageIn(number, name, _text(payload, "text"), at)]
        if event not in set(ReceiptKind):
            return []
        return [
            Receipt(
                ReceiptKind(event),
                UUID(_text(payload, "tracking_id")) if payload.get("tracking_id") else None,
                _text(payload, "message_id"),
                _text(payload, "code"),
                _text(payload, "detail"),
            )
        ]


def _refusal(journal: Journal, ending: str, message: OutgoingMessage) -> str:
    """Why the provider does not take this message now; empty when it does."""
    if ending == FAILS_ONCE and not journal.has_failed(message.tracking_id):
        journal.refuse(message)
        return "busy"
    return {REFUSED_FOR_GOOD: "no-subscriber", ALWAYS_BUSY: "busy", LOCKED_OUT: "locked-out"}.get(ending, "")


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value
