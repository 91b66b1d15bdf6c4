"""The mock channel: its magic numbers, one attempt, its meaning, and its webhooks."""

import hmac
import http.client
import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac
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
from messaging.channels.mock.store import Journal, Received
from tenants import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

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

DESCRIPTIONS: dict[str, "StrOrPromise"] = {
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
# What the provider tells of a message it took, so many seconds later; of most it tells nothing.
LATER_RECEIPTS: dict[str, dict[ReceiptKind, float]] = {
    ARRIVES_LATER: {ReceiptKind.DELIVERED: 3.0},
    UNDELIVERED: {ReceiptKind.UNDELIVERED: 2.0},
    SEEN: {ReceiptKind.DELIVERED: 1.0, ReceiptKind.SEEN: 3.0},
}

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


def later_callbacks(account: Account, taken: Received) -> Iterator[tuple[float, Callback]]:
    """What the provider tells about this message, and how many seconds after it took it."""
    for kind, seconds in LATER_RECEIPTS.get(taken.number[-4:], {}).items():
        is_lost = kind == ReceiptKind.UNDELIVERED
        event = {
            "event": kind.value,
            "tracking_id": taken.tracking_id,
            "message_id": taken.message_id,
            "code": "unreachable" if is_lost else "",
            "detail": _("Máy của người nhận tắt quá lâu.") if is_lost else "",
            "at": (taken.at + timedelta(seconds=seconds)).isoformat(),
        }
        yield seconds, callback(account, event)


def call_later(account: Account, taken: Received) -> None:
    """Tell about this message when the time has come, from threads that end with the process.

    Only where people look at a demonstration: tests call for themselves, and service has no such channel.
    """
    if account.callback_url and (settings.DEMO or settings.DEBUG):
        for later in later_callbacks(account, taken):
            threading.Thread(target=_post_until_taken, args=later, name="mock-callback", daemon=True).start()


def _post_until_taken(seconds: float, sent: Callback) -> None:
    """Always to the loopback address, whatever the host is called: `*.localhost` is known to browsers alone."""
    address = urlsplit(sent.url)
    for pause in (seconds, *REPEATED_AFTER_SECONDS):
        time.sleep(pause)
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=TIMEOUT_SECONDS)
        with suppress(OSError, http.client.HTTPException), closing(connection):
            connection.request("POST", address.path, sent.body, {"Host": address.netloc, **sent.headers})
            if connection.getresponse().status // 100 == 2:
                return
    log.warning("mock channel: no route takes the callback for %s", address.path)


_REFUSALS = {REFUSED_FOR_GOOD: "no-subscriber", ALWAYS_BUSY: "busy", LOCKED_OUT: "locked-out"}
_OUTCOMES: dict[str, tuple[OutcomeKind, Reason, "StrOrPromise"]] = {
    "ok": (OutcomeKind.DELIVERED, Reason.NONE, ""),
    "taken": (OutcomeKind.ACCEPTED, Reason.NONE, ""),
    "no-subscriber": (OutcomeKind.PERMANENT, Reason.NO_ACCOUNT, gettext_lazy("Số này không có tài khoản.")),
    "busy": (OutcomeKind.TEMPORARY, Reason.PROVIDER, gettext_lazy("Kênh đang bận.")),
    "locked-out": (OutcomeKind.TEMPORARY, Reason.CREDENTIAL, gettext_lazy("Kênh đã khóa tài khoản gửi.")),
    "cut": (OutcomeKind.UNKNOWN, Reason.TRANSPORT, gettext_lazy("Đứt kết nối sau khi gửi.")),
}


class MockChannel(Channel):
    code = "mock"
    name = gettext_lazy("Kênh mô phỏng")
    capabilities = Capabilities(body_max=2000, can_be_asked=True, has_receipts=True)
    timeout = timedelta(seconds=5)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        journal, ending = Journal(account.province), message.address[-4:]
        if ending in _REFUSALS:
            return self.classify(_REFUSALS[ending])
        if ending == FAILS_ONCE and not journal.has_failed(message.tracking_id):
            journal.refuse(message)
            return self.classify("busy")
        if ending == SLOW:
            time.sleep(SLOW_SECONDS)
        taken = journal.take(message)
        if ending == ANSWER_LOST:
            return self.classify("cut")
        call_later(account, taken)
        answer = "taken" if ending in LATER_RECEIPTS else "ok"
        return replace(self.classify(answer), provider_id=taken.message_id)

    def classify(self, answer: str) -> Outcome:
        kind, reason, detail = _OUTCOMES[answer]
        return Outcome(kind, answer if detail else "", str(detail), reason=reason)

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        taken = Journal(account.province).taken(question.tracking_id)
        if taken is None:
            return Finding.ABSENT
        finding, age = Finding.ACCEPTED, (clock.now() - taken.at).total_seconds()
        for kind, seconds in LATER_RECEIPTS.get(taken.number[-4:], {ReceiptKind.DELIVERED: 0.0}).items():
            if seconds <= age:
                finding = Finding.UNDELIVERED if kind == ReceiptKind.UNDELIVERED else Finding.DELIVERED
        return finding

    def health(self, account: Account) -> Health:
        writable = os.access(settings.DATA_DIR, os.W_OK)
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
        if not isinstance(payload, dict) or not all(isinstance(value, str) for value in payload.values()):
            raise ValueError("not an object of texts")
        texts: dict[str, str] = defaultdict(str, payload)
        event = texts["event"]
        if event == "opted_out":
            return [OptOut(texts["number"], _("nhắn từ chối qua kênh mô phỏng"))]
        if event == "wrote":
            at = datetime.fromisoformat(texts["at"])
            return [MessageIn(self.normalise(texts["number"]), texts["message_id"], texts["text"], at)]
        if event not in set(ReceiptKind):
            return []
        tracking_id = UUID(texts["tracking_id"]) if texts["tracking_id"] else None
        return [Receipt(ReceiptKind(event), tracking_id, texts["message_id"], texts["code"], texts["detail"])]
