"""A channel whose provider knows one address for all provinces. Ids and secrets are invented."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

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
)
from messaging.channels.inbound_items import Destination, Receipt, ReceiptKind, Rejected

APP = "360846524940903967"
SIGN = "x-sign"


def signature(raw: bytes, secret: str) -> str:
    return hashlib.sha256(raw + secret.encode()).hexdigest()


def told(account: str, *, app: str = APP, sender: str = "246845883529197922", **more: Any) -> bytes:
    return json.dumps({"app": app, "from": sender, "to": account, "id": "e1", **more}).encode()


class CommonDoorChannel(Channel):
    """Signs with the secret `hook`; names its events by `id`; refuses quietly."""

    code = "common"
    name = "Kênh chung cửa"
    capabilities = Capabilities(has_receipts=True)
    timeout = timedelta(seconds=1)
    address_kind = "common"
    refuses_quietly = True

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        return Outcome(OutcomeKind.ACCEPTED)

    def classify(self, answer: Any) -> Outcome:
        return Outcome(OutcomeKind.ACCEPTED)

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        return Finding.UNSUPPORTED

    def health(self, account: Account) -> Health:
        return Health(True)

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        return [] if "hook" in secrets else ["Thiếu bí mật “hook”."]

    def destination(self, raw: bytes) -> Destination | None:
        said = json.loads(raw)
        try:
            return Destination(str(said["app"]), (str(said["to"]), str(said["from"])))
        except (KeyError, TypeError) as error:
            raise ValueError("it names nobody") from error

    def callback_secrets(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"hook"})

    def event_key(self, raw: bytes) -> bytes:
        return str(json.loads(raw)["id"]).encode()

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        if account.config.get("app_id") != json.loads(raw)["app"]:
            return Rejected("another app")
        expected = signature(raw, account.secrets.get("hook", ""))
        return None if headers.get(SIGN) == expected else Rejected("signature")

    def parse_events(self, account: Account, raw: bytes) -> list[Receipt]:
        return [Receipt(ReceiptKind.DELIVERED, provider_id=str(json.loads(raw)["id"]))]
