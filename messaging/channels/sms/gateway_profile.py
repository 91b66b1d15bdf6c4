"""How a gateway is spoken to, as data: what an account's settings may say, and what they mean by themselves.

A profile is JSON. A section that it leaves out is that of the provider in the manual. One that is written says all of
`url`, `fields`, `states`, `id` and `reference` by itself: the ways of a gateway are not mixed with ours. `null` in
the place of `query` or `receipts` says that the gateway has no such thing.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from messaging.channels.base import Account, Finding, OutcomeKind, Reason, describe_faults
from messaging.channels.inbound_items import ReceiptKind
from messaging.channels.sms import placeholders
from tenants.validation import Fault, Schema, fault, gettext_noop, read
from tenants.web import http

# Words for outcomes, as a profile names them.
OUTCOMES: dict[str, tuple[OutcomeKind, Reason]] = {
    "accepted": (OutcomeKind.ACCEPTED, Reason.NONE),
    "delivered": (OutcomeKind.DELIVERED, Reason.NONE),
    "bad_address": (OutcomeKind.PERMANENT, Reason.BAD_ADDRESS),
    "opted_out": (OutcomeKind.PERMANENT, Reason.OPTED_OUT),
    "bad_payload": (OutcomeKind.PERMANENT, Reason.BAD_PAYLOAD),
    "template_unusable": (OutcomeKind.PERMANENT, Reason.TEMPLATE_UNUSABLE),
    "night": (OutcomeKind.TEMPORARY, Reason.NIGHT),
    "provider": (OutcomeKind.TEMPORARY, Reason.PROVIDER),
    "unmapped": (OutcomeKind.TEMPORARY, Reason.UNMAPPED),
    "rate_limit": (OutcomeKind.TEMPORARY, Reason.RATE_LIMIT),
    "daily_quota": (OutcomeKind.TEMPORARY, Reason.DAILY_QUOTA),
    "billing": (OutcomeKind.TEMPORARY, Reason.BILLING),
    "credential": (OutcomeKind.TEMPORARY, Reason.CREDENTIAL),
    "config": (OutcomeKind.TEMPORARY, Reason.CONFIG),
    "platform_block": (OutcomeKind.TEMPORARY, Reason.PLATFORM_BLOCK),
    "unknown": (OutcomeKind.UNKNOWN, Reason.PROVIDER),
}
# Words for what a gateway says when asked.
FINDINGS: dict[str, Finding] = {
    "accepted": Finding.ACCEPTED,
    "delivered": Finding.DELIVERED,
    "undelivered": Finding.UNDELIVERED,
    "absent": Finding.ABSENT,
    "later": Finding.LATER,
}
# Words for what a receipt tells; None: nothing that is worth writing down.
RECEIPTS: dict[str, ReceiptKind | None] = {
    "delivered": ReceiptKind.DELIVERED,
    "seen": ReceiptKind.SEEN,
    "undelivered": ReceiptKind.UNDELIVERED,
    "ignore": None,
}
# Status of the answer → outcome, unless the profile says otherwise. Other 5xx: see `server_errors`.
STATUSES = {"401": "credential", "403": "credential", "429": "rate_limit", "504": "unknown"}

# Four parts of a long message: 153 plain letters each, 67 where one letter has marks.
TEXT_MAX_PLAIN = 612
TEXT_MAX_MARKED = 268

_HEADER = re.compile(r"\A[A-Za-z0-9-]{1,60}\Z")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
# What stands right after {base} would go on with the name of the server.
_AROUND_BASE = re.compile(r"(?:(?!\{base\}).|\{base\}(?=/|\Z))*", re.DOTALL)
# Only {base} may say where to call: anything else is put in as one word, but not in front of the path.
_SERVER = re.compile(r"\Ahttps?://[^/?#{}\s]+(?=[/?#]|\Z)")
# A secret is a word of its own: in words it would reach their readers.
_SECRET_ALONE = re.compile(r"(?:[A-Za-z-]{1,20} )?\{secret:[A-Za-z0-9_]+\}")
_SECRET_IN_ADDRESS = re.compile(r"(?<=[/=])\{secret:[A-Za-z0-9_]+\}(?=[/?&#]|\Z)")


class BadProfile(ValueError):
    """Settings that cannot be used; the text says why, in Vietnamese."""


def _one_line(text: str) -> str:
    if text and not text.isprintable():
        raise fault(gettext_noop("phải là chữ trên một dòng."))
    return text


def _header(name: str) -> str:
    if not _HEADER.match(name) or name.lower() in _OURS:
        raise fault(gettext_noop("không đặt được tiêu đề HTTP này."))
    return name


def _address(text: str) -> str:
    if not _AROUND_BASE.fullmatch(text):
        raise fault(gettext_noop("sau {base} phải là dấu / hoặc hết địa chỉ."))
    return text


def _one_of(words: Collection[str]) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise fault(gettext_noop("phải là một trong: %(choices)s."), choices=", ".join(words))
        return word

    return AfterValidator(check)


Text = Annotated[str, AfterValidator(_one_line)]
NeededText = Annotated[Text, Field(min_length=1)]
Status = Annotated[str, Field(pattern="^[1-5]([0-9]{2}|xx)$")]
OutcomeWord = Annotated[str, _one_of(OUTCOMES)]
FindingWord = Annotated[str, _one_of(FINDINGS)]


class Call(Schema):
    """One call of the gateway, with placeholders."""

    url: Annotated[NeededText, AfterValidator(_address)]
    method: Literal["POST", "GET"] = "POST"
    format: Literal["json", "form"] = "json"
    headers: dict[Annotated[str, AfterValidator(_header)], Text] = {}
    fields: dict[str, Any] = {}

    def mentions(self, *names: str) -> bool:
        """Whether a placeholder of one of these names stands anywhere in it."""
        return any(word in names for secret, word in self.placeholders() if not secret)

    def placeholders(self) -> list[tuple[bool, str]]:
        """All placeholders in it: whether each is a secret, and its name."""
        return placeholders.names_in([self.url, self.headers, self.fields])


class Send(Call):
    """How a message is sent. `code`, `id`: where they stand in the answer."""

    code: Text = "code"
    id: Text = ""

    @model_validator(mode="after")
    def _check_content(self) -> "Send":
        if not self.mentions("text") or not self.mentions("number", "number84"):
            raise fault(gettext_noop("phải chứa {text} và một trong {number}, {number84}."))
        return self


class Query(Call):
    """How the gateway is asked about a message. `state`: where it stands in the answer."""

    method: Literal["POST", "GET"] = "GET"
    state: Text = "state"
    states: dict[str, FindingWord] = {}
    statuses: dict[Status, FindingWord] = {}

    @model_validator(mode="after")
    def _check_content(self) -> "Query":
        if not self.mentions("reference"):
            raise fault(gettext_noop("phải chứa {reference}."))
        return self


class Receipts(Schema):
    """What the gateway reports of its own, and how it proves itself. `list` and those below it: where they stand."""

    scheme: Literal["hmac-sha256", "secret"] = "hmac-sha256"
    header: NeededText = "X-Signature"
    prefix: Text = ""
    secret: Text = "receipts"  # noqa: S105
    list: Text = ""
    reference: Text = ""
    id: Text = ""
    state: Text = "state"
    states: dict[str, Annotated[str, _one_of(RECEIPTS)]] = {}

    @model_validator(mode="after")
    def _check_names(self) -> "Receipts":
        if not (self.reference or self.id):
            raise fault(gettext_noop("phải có “reference” hoặc “id”."))
        return self


class Profile(Schema):
    """A gateway's ways. `query`, `receipts` None: it has no such thing."""

    base: Text = ""
    sender: Text = ""
    send: Send = Send(
        url="{base}/send/{account}",
        fields={"to": "{number}", "text": "{text}", "reference": "{reference}", "callback": "{callback}"},
        id="id",
    )
    outcomes: dict[str, OutcomeWord] = {"0": "accepted", "1": "bad_payload", "4": "config"}
    statuses: dict[Status, OutcomeWord] = {}
    server_errors: Literal["refused", "unknown"] = "refused"
    query: Query | None = Query(
        url="{base}/status/{account}?reference={reference}", states={word: word for word in FINDINGS}
    )
    receipts: Receipts | None = Receipts(
        reference="reference", id="id", states={"delivered": "delivered", "undelivered": "undelivered"}
    )
    plain_letters: bool = False
    # A shorter text is none; a longer one no gateway takes in one piece.
    text_max: Annotated[int, Field(ge=60, le=2000)] = 0

    @model_validator(mode="after")
    def _fill_up(self) -> "Profile":
        self.base = self.base.rstrip("/")
        self.statuses = {**STATUSES, **self.statuses}
        self.text_max = self.text_max or (TEXT_MAX_PLAIN if self.plain_letters else TEXT_MAX_MARKED)
        return self


def profile_of(account: Account) -> Profile:
    """The profile in an account's settings, checked; raises BadProfile.

    Settings may have come in past the check, or be older than it: what is wrong with them must show before
    anything is sent, not after.
    """
    profile, faults = _read(account.config, account.secrets)
    if profile is None or faults:
        raise BadProfile(" ".join(describe_faults(faults)))
    return profile


def problems(config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
    """All that is wrong with these settings, in Vietnamese; empty when they can be used."""
    return describe_faults(_read(config, secrets)[1])


def _read(config: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Profile | None, list[Fault]]:
    profile, faults = read(Profile, config, keep_null=True)
    for name, value in secrets.items():
        if not isinstance(value, str) or not value.isprintable():
            faults.append(
                Fault((), gettext_noop("Bí mật “%(name)s” có ký tự không dùng được."), {"name": name})
            )
    if profile is None:
        return None, faults
    if profile.receipts and "receipts" not in config and not secrets.get(profile.receipts.secret):
        # The standard receipts count only where a secret proves them.
        profile.receipts = None
    if profile.receipts and not secrets.get(profile.receipts.secret):
        faults.append(_no_secret(profile.receipts.secret, "receipts", "secret"))
    faults += _faults("send", profile.send, placeholders.NAMES, profile.base, secrets)
    if profile.query:
        faults += _faults("query", profile.query, placeholders.NAMES_IN_QUESTIONS, profile.base, secrets)
    return profile, faults


def _faults(
    section: str, call: Call, known: Collection[str], base: str, secrets: Mapping[str, str]
) -> Iterator[Fault]:
    """What is wrong with a call at this base and with these secrets."""
    server = _SERVER.match(call.url.replace("{base}", base))
    if not server:
        yield Fault((section, "url"), gettext_noop("cần một địa chỉ đầy đủ, https://…"))
    elif not http.may_be_called(server[0]):
        words = gettext_noop(
            "chỉ gọi được https cổng 443 ở địa chỉ công khai, không phải máy này hay mạng nội bộ, "
            "trừ các nơi nêu trong OUTBOUND_ALLOW."
        )
        yield Fault((section, "url"), words)
    for is_secret, name in call.placeholders():
        if is_secret and not secrets.get(name):
            yield _no_secret(name, section)
        elif not is_secret and name not in known:
            words = gettext_noop("không có chỗ trống {%(name)s}. Có: %(all)s.")
            yield Fault((section,), words, {"name": name, "all": ", ".join(sorted(known))})
    address = _SECRET_IN_ADDRESS.sub("", call.url)
    for key, value in (("url", address), ("headers", call.headers), ("fields", call.fields)):
        texts = [text for text in placeholders.texts_in(value) if "{secret:" in text]
        if not all(_SECRET_ALONE.fullmatch(text) for text in texts):
            words = gettext_noop("{secret:tên} phải đứng một mình, không lẫn với chữ khác.")
            yield Fault((section, key), words)
    for name, value in call.fields.items() if call.format == "form" else ():
        if not isinstance(value, str) or (value and not value.isprintable()):
            yield Fault((section, "fields", name), gettext_noop("phải là chữ trên một dòng."))


def _no_secret(name: str, *path: str) -> Fault:
    return Fault(path, gettext_noop("chưa có bí mật “%(name)s”."), {"name": name})
