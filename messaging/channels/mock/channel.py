"""The mock channel itself: one attempt, its meaning, its receipts."""

import hmac
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Health,
    InboundItem,
    MessageIn,
    OptOut,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
    Receipt,
    ReceiptKind,
    Rejected,
)
from messaging.channels.mock import magic_numbers
from messaging.channels.mock.store import Journal
from messaging.channels.mock.webhooks import SIGNATURE, call_later, signature
from tenants import clock

_FINDINGS = {
    ReceiptKind.DELIVERED: Finding.DELIVERED,
    ReceiptKind.SEEN: Finding.DELIVERED,
    ReceiptKind.UNDELIVERED: Finding.UNDELIVERED,
}


class MockChannel(Channel):
    code = "mock"
    name = gettext_lazy("Kênh mô phỏng")
    capabilities = Capabilities(body_max=2000, can_be_asked=True, has_receipts=True, price=0)
    timeout = timedelta(seconds=5)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        journal, ending = Journal(account.province), message.address[-4:]
        refusal = _refusal(journal, ending, message)
        if refusal:
            return self.classify(refusal)
        if ending == magic_numbers.SLOW:
            time.sleep(magic_numbers.SLOW_SECONDS)
        taken = journal.take(message)
        if ending == magic_numbers.ANSWER_LOST:
            return self.classify("cut")
        call_later(account, taken)
        answer = "taken" if magic_numbers.later_receipts(taken.number) else "ok"
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
        later = magic_numbers.later_receipts(taken.number)
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
    match ending:
        case magic_numbers.REFUSED_FOR_GOOD:
            return "no-subscriber"
        case magic_numbers.ALWAYS_BUSY:
            return "busy"
        case magic_numbers.LOCKED_OUT:
            return "locked-out"
        case magic_numbers.FAILS_ONCE if not journal.has_failed(message.tracking_id):
            journal.refuse(message)
            return "busy"
    return ""


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value
