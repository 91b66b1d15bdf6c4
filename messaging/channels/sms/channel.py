"""The SMS channel: one call per attempt, spoken as the account's profile says."""

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import phone_numbers
from messaging.channels import http
from messaging.channels.base import (
    Account,
    Capabilities,
    Channel,
    Finding,
    Health,
    InboundItem,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    Reason,
    Receipt,
    Rejected,
)
from messaging.channels.sms import placeholders, text, validation
from messaging.channels.sms.gateway_profile import RECEIPTS, TEXT_MAX_PLAIN, Profile
from messaging.channels.sms.responses import Heard, at, finding_of, outcome_of, text_of
from messaging.channels.sms.validation import BadProfile, profile_of

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 12.0
NO_ID = UUID(int=0)
# A receipt names a message or a few: a longer list is none.
MOST_RECEIPTS = 1000


class SmsChannel(Channel):
    """Text messages by any gateway that speaks HTTP and JSON or forms.

    `capabilities` are the most that a profile can have: an account without status query answers UNSUPPORTED, one
    without receipts never hears of delivery.
    """

    code = "sms"
    name = gettext_lazy("Tin nhắn SMS")
    capabilities = Capabilities(body_max=TEXT_MAX_PLAIN, has_receipts=True, can_be_asked=True)
    timeout = timedelta(seconds=TOTAL_SECONDS + 1)

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        try:
            profile = profile_of(account)
        except BadProfile as error:
            return Outcome(OutcomeKind.TEMPORARY, "profile", str(error)[:400], reason=Reason.CONFIG)
        values = placeholders.values_of(
            account,
            profile,
            number=message.address,
            number84=f"84{message.address.removeprefix('0')}",
            reference=str(message.tracking_id),
            text=text.compose(
                message.body, message.button_url, limit=profile.text_max, plain=profile.plain_letters
            ),
        )
        return self.classify(Heard(profile, _call(profile.send, values)))

    def classify(self, answer: Heard) -> Outcome:
        return outcome_of(answer)

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        try:
            profile = profile_of(account)
        except BadProfile:
            return Finding.LATER
        if profile.query is None:
            return Finding.UNSUPPORTED
        return finding_of(Heard(profile, _ask(account, profile, question.tracking_id)))

    def health(self, account: Account) -> Health:
        """Its settings, and where it can be asked, an answer that knows the account."""
        if problems := self.check_account(account.config, account.secrets):
            return Health(False, " ".join(problems))
        profile = profile_of(account)
        if profile.query is None:
            return Health(True)
        match _ask(account, profile, NO_ID):
            case http.Answered(status=status) if status < 500 and status not in (401, 403, 429):
                return Health(True)
            case http.Answered(status=status):
                return Health(False, _("Cổng tin nhắn trả lời HTTP %(status)s.") % {"status": status})
            case http.NotSent(cause=cause) | http.Cut(cause=cause):
                return Health(False, _("Không hỏi được cổng tin nhắn: %(cause)s.") % {"cause": cause})

    def normalise(self, address: str) -> str:
        return phone_numbers.normalise(address)

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        return validation.problems(config, secrets)

    def where_secrets_go(self, config: Mapping[str, Any]) -> Any:
        return {name: config[name] for name in ("base", "send", "query", "receipts") if name in config}

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        try:
            receipts = profile_of(account).receipts
        except BadProfile:
            return Rejected("the account's settings cannot be used")
        if receipts is None:
            return Rejected("this account has no receipts")
        secret = account.secrets.get(receipts["secret"], "")
        shown = headers.get(receipts["header"].lower(), "")
        if not secret or not shown:
            return Rejected("no secret to tell by" if shown else "no signature")
        if receipts["scheme"] == "hmac-sha256":
            shown = shown.removeprefix(receipts["prefix"]).strip().lower()
            secret = hmac.new(secret.encode(), raw, sha256).hexdigest()
        if not hmac.compare_digest(shown.encode(), secret.encode()):
            return Rejected("wrong signature")
        return None

    def parse_events(self, account: Account, raw: bytes) -> Iterable[InboundItem]:
        how = profile_of(account).receipts
        return [] if how is None else list(_receipts(json.loads(raw), how))


def _ask(account: Account, profile: Profile, tracking_id: UUID) -> http.Result:
    assert profile.query is not None
    return _call(profile.query, placeholders.values_of(account, profile, reference=str(tracking_id)))


def _call(how: Mapping[str, Any], values: Mapping[str, str]) -> http.Result:
    try:
        url = placeholders.fill_address(how["url"], values)
        headers = {name: placeholders.fill(value, values) for name, value in how["headers"].items()}
        body = b""
        if how["method"] != "GET":
            fields = placeholders.fill_fields(how.get("fields", {}), values)
            if how["format"] == "json":
                headers["Content-Type"] = "application/json"
                body = json.dumps(fields, ensure_ascii=False).encode()
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(fields).encode()
    except (placeholders.Unfilled, UnicodeError) as error:
        # Half a letter from the depths of a text, or a placeholder of a message in a question about it.
        return http.NotSent(type(error).__name__, refused=True)
    return http.call(
        how["method"],
        url,
        headers=headers,
        body=body,
        connect=CONNECT_SECONDS,
        read=READ_SECONDS,
        total=TOTAL_SECONDS,
    )


def _receipts(payload: Any, how: Mapping[str, Any]) -> Iterable[Receipt]:
    entries = at(payload, how["list"]) if how["list"] else payload
    entries = entries if isinstance(entries, list) else [entries]
    if len(entries) > MOST_RECEIPTS or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("not receipts")
    for entry in entries:
        state = text_of(at(entry, how["state"]))
        kind = RECEIPTS[how.get("states", {}).get(state, "ignore")]
        tracking_id = _uuid(text_of(at(entry, how.get("reference", ""))))
        name = text_of(at(entry, how.get("id", "")))[:100]
        if kind is not None and (tracking_id or name):
            yield Receipt(kind, tracking_id, name, code=state[:40])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
