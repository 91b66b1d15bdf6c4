"""The SMS channel: text messages by the gateway that an account's settings describe."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

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
from messaging.channels.inbound_items import InboundItem, Rejected
from messaging.channels.sms import text
from messaging.channels.sms.gateway import TEXT_MAX_PLAIN, TOTAL_SECONDS, Gateway, read_gateway
from tenants import phone_numbers
from tenants.web import http

NO_ID = UUID(int=0)


class SmsChannel(Channel):
    """`capabilities` are the most that a gateway can have: an account without status query answers UNSUPPORTED, one
    without receipts never hears of delivery."""

    code = "sms"
    name = gettext_lazy("Tin nhắn SMS")
    capabilities = Capabilities(body_max=TEXT_MAX_PLAIN, has_receipts=True, can_be_asked=True)
    timeout = timedelta(seconds=TOTAL_SECONDS + 1)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        gateway, problems = read_gateway(account.config, account.secrets)
        if gateway is None:
            detail = " ".join(problems)[:400]
            return Outcome(OutcomeKind.TEMPORARY, "profile", detail, reason=Reason.CONFIG)
        words = text.compose(
            message.body, message.button_url, limit=gateway.text_max, plain=gateway.plain_letters
        )
        values = gateway.values(
            account,
            str(message.tracking_id),
            number=message.address,
            number84=f"84{message.address.removeprefix('0')}",
            text=words,
        )
        return self.classify((gateway, gateway.send.make(values)))

    def classify(self, answer: tuple[Gateway, http.Result]) -> Outcome:
        gateway, result = answer
        return gateway.outcome_of(result)

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        gateway, _problems = read_gateway(account.config, account.secrets)
        if gateway is None or gateway.query is None:
            return Finding.LATER if gateway is None else Finding.UNSUPPORTED
        values = gateway.values(account, str(question.tracking_id))
        return gateway.query.finding_of(gateway.query.make(values))

    def health(self, account: Account) -> Health:
        """Its settings, and where it can be asked, an answer that knows the account."""
        gateway, problems = read_gateway(account.config, account.secrets)
        if gateway is None or gateway.query is None:
            return Health(gateway is not None, " ".join(problems))
        match gateway.query.make(gateway.values(account, str(NO_ID))):
            case http.Answered(status=status) if status < 500 and status not in (401, 403, 429):
                return Health(True)
            case http.Answered(status=status):
                return Health(False, _("Cổng tin nhắn trả lời HTTP %(status)s.") % {"status": status})
            case http.NotSent(cause=cause) | http.Cut(cause=cause):
                return Health(False, _("Không hỏi được cổng tin nhắn: %(cause)s.") % {"cause": cause})

    def normalise(self, address: str) -> str:
        return phone_numbers.normalise(address)

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        return read_gateway(config, secrets)[1]

    def where_secrets_go(self, config: Mapping[str, Any]) -> Any:
        return {name: config[name] for name in ("base", "send", "query", "receipts") if name in config}

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        gateway, _problems = read_gateway(account.config, account.secrets)
        if gateway is None or gateway.receipts is None:
            return Rejected("this account has no receipts, or settings that cannot be used")
        shown = headers.get(gateway.receipts.header.lower(), "")
        if not shown or not gateway.receipts.is_proven(shown, raw, account.secrets[gateway.receipts.secret]):
            return Rejected("wrong signature" if shown else "no signature")
        return None

    def parse_events(self, account: Account, raw: bytes) -> Iterable[InboundItem]:
        gateway, _problems = read_gateway(account.config, account.secrets)
        return list(gateway.receipts.read(raw)) if gateway and gateway.receipts else []
