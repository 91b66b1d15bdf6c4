"""Two adapters, described by an account's settings: a post that sends a message, and a question about one that was sent.

The end of a text in `headers` and `fields` may be one name of VALUES or of a secret; all else is sent as written.
"""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, model_validator

from messaging.channels.base import (
    Account,
    Finding,
    Outcome,
    OutcomeKind,
    Reason,
    describe_faults,
    read_uuid,
)
from messaging.channels.inbound_items import Receipt, ReceiptKind
from tenants.text import read_labels
from tenants.validation import Fault, Schema, fault, fault_at, gettext_noop, one_of, read
from tenants.web import http
from tenants.web.http import Answered, Cut, NotSent, Result

# What an attempt came to, in words: a gateway's own texts are not kept, they quote numbers and messages.
SENTENCES_FILE = Path(__file__).with_name("sentences.csv")
_SENTENCES = read_labels(SENTENCES_FILE)
_PERMANENT = ("bad_address", "opted_out", "bad_payload", "template_unusable")
# The words that settings have for what an answer to an attempt, an answer to a question and a receipt say.
OUTCOMES = ("accepted", "delivered", *_SENTENCES)
FINDINGS = ("accepted", "delivered", "undelivered", "absent", "later")
RECEIPTS = ("delivered", "seen", "undelivered", "ignore")
# HTTP status of an answer → outcome, unless the settings say otherwise. Other 5xx: see `server_errors`.
STATUSES = {"401": "credential", "403": "credential", "429": "rate_limit", "504": "unknown"}

VALUES = {"{number}", "{number84}", "{text}", "{sender}", "{reference}", "{callback}", "{account}"}
VALUES_OF_AN_ADDRESS = {"{reference}", "{account}"}
_VALUE = re.compile(r"\{(secret:)?([\w-]+)\}")
# Nothing that is put in later may stand in the name of the server.
_SERVER = re.compile(r"\Ahttps?://[^/?#{}\s]+(?=[/?#]|\Z)")
_HEADER = re.compile(r"\A[A-Za-z0-9-]{1,60}\Z")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
_CODE = re.compile(r"\A[\w.:-]{1,40}\Z")

# Four parts of a long message: 153 plain letters each, 67 where one letter has marks.
TEXT_MAX_PLAIN = 612
TEXT_MAX_MARKED = 268
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 12.0
# A receipt names a message or a few: a longer list is none.
MOST_RECEIPTS = 1000


def _one_line(text: str) -> str:
    if text and not text.isprintable():
        raise fault(gettext_noop("phải là chữ trên một dòng."))
    return text


def _header(name: str) -> str:
    if not _HEADER.match(name) or name.lower() in _OURS:
        raise fault(gettext_noop("không đặt được tiêu đề HTTP này."))
    return name


Text = Annotated[str, AfterValidator(_one_line)]
NeededText = Annotated[Text, Field(min_length=1)]
Status = Annotated[str, Field(pattern="^[1-5]([0-9]{2}|xx)$")]
OutcomeWord = Annotated[str, one_of(lambda: OUTCOMES)]
FindingWord = Annotated[str, one_of(lambda: FINDINGS)]


class Call(Schema):
    """One call of the gateway. `fields` are its body, or with GET the end of its address.

    `needed`: values without which it makes no sense; `known`: all that it may have.
    """

    needed: ClassVar[tuple[str, ...]] = ()
    known: ClassVar[set[str]] = set()
    url: NeededText
    method: Literal["POST", "GET"] = "POST"
    format: Literal["json", "form"] = "json"
    headers: dict[Annotated[str, AfterValidator(_header)], Text] = {}
    fields: dict[str, Any] = {}

    @model_validator(mode="after")
    def _check_fields(self) -> "Call":
        for name, value in self.fields.items() if self.format == "form" or self.method == "GET" else ():
            if not isinstance(value, str) or (value and not value.isprintable()):
                raise fault_at(("fields", name), gettext_noop("phải là chữ trên một dòng."))
        return self

    def make(self, values: Mapping[str, str]) -> Result:
        """Make the call with these values, and {base}, in the places of their names."""
        url = self.url.replace("{base}", values["{base}"])
        for name in VALUES_OF_AN_ADDRESS:
            url = url.replace(name, quote(values[name], safe=""))
        headers = {name: _fill(value, values) for name, value in self.headers.items()}
        fields, body = _fill(self.fields, values), b""
        if self.method == "GET":
            url += f"{'&' if '?' in url else '?'}{urlencode(fields)}" if fields else ""
        elif self.format == "json":
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields, ensure_ascii=False).encode()
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields).encode()
        seconds = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "total": TOTAL_SECONDS}
        return http.call(self.method, url, headers=headers, body=body, **seconds)

    def faults(self, base: str, secrets: Mapping[str, str]) -> Iterator[Fault]:
        """What is wrong with the call at this base and with these secrets."""
        url = self.url.replace("{base}", base)
        server = _SERVER.match(url)
        if server is None or not http.may_be_called(server[0]):
            words = gettext_noop(
                "cần một địa chỉ đầy đủ, https cổng 443 ở địa chỉ công khai, không phải máy này hay mạng nội bộ, "
                "trừ các nơi nêu trong OUTBOUND_ALLOW."
            )
            yield Fault(("url",), words)
        texts = list(_texts_in([self.headers, self.fields]))
        for name in self.needed:
            if not any(name[:-1] in text for text in [url, *texts]):
                yield Fault((), gettext_noop("phải chứa %(name)s."), {"name": name})
        for found in _VALUE.finditer(url):
            if found[0] not in VALUES_OF_AN_ADDRESS:
                words = gettext_noop(
                    "trong địa chỉ không có chỗ trống %(name)s. Viết một mục của “fields”: “tên ở cổng”: "
                    "“%(name)s”; với “GET”, các mục ấy được nối vào sau địa chỉ."
                )
                yield Fault(("url",), words, {"name": found[0]})
        for text in texts:
            names = list(_VALUE.finditer(text))
            for one in names:
                if one[1] and not secrets.get(one[2]):
                    yield _no_secret(one[2])
                elif not one[1] and one[0] not in self.known:
                    words = gettext_noop("không có chỗ trống %(name)s. Có: %(all)s.")
                    yield Fault((), words, {"name": one[0], "all": ", ".join(sorted(self.known))})
            if names[1:] or (names and names[0].end() < len(text)):
                words = gettext_noop(
                    "mỗi mục chỉ có một chỗ trống, ở cuối: “%(name)s”, hoặc chữ cố định rồi đến “%(name)s”."
                )
                yield Fault((), words, {"name": names[0][0]})


class Send(Call):
    """How a message is sent. `code`, `id`: where they stand in the answer."""

    # {number84} has the same beginning as {number}.
    needed: ClassVar = ("{text}", "{number}")
    known: ClassVar = VALUES
    code: Text = "code"
    id: Text = ""


class Query(Call):
    """How the gateway is asked about a message. `state`: where it stands in the answer."""

    needed: ClassVar = ("{reference}",)
    # Its words are not at hand when it is asked about.
    known: ClassVar = VALUES - {"{number}", "{number84}", "{text}"}
    method: Literal["POST", "GET"] = "GET"
    state: Text = "state"
    states: dict[str, FindingWord] = {}
    statuses: dict[Status, FindingWord] = {}

    def finding_of(self, result: Result) -> Finding:
        """What an answer to the question means; LATER for all that says nothing."""
        if not isinstance(result, Answered):
            return Finding.LATER
        if by_status := self.statuses.get(str(result.status)):
            return Finding(by_status)
        if not 200 <= result.status < 300:
            return Finding.LATER
        return Finding(self.states.get(_text_of(at(result.json(), self.state)), "later"))


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
    states: dict[str, Annotated[str, one_of(lambda: RECEIPTS)]] = {}

    @model_validator(mode="after")
    def _check_names(self) -> "Receipts":
        if not (self.reference or self.id):
            raise fault(gettext_noop("phải có “reference” hoặc “id”."))
        return self

    def is_proven(self, shown: str, raw: bytes, secret: str) -> bool:
        """Whether what the header has `shown` proves that `raw` comes from who knows the secret."""
        if self.scheme == "hmac-sha256":
            shown = shown.removeprefix(self.prefix).strip().lower()
            secret = hmac.new(secret.encode(), raw, sha256).hexdigest()
        return hmac.compare_digest(shown.encode(), secret.encode())

    def read(self, raw: bytes) -> Iterator[Receipt]:
        """The receipts in a proven callback; raises ValueError when it holds none that can be read."""
        payload = json.loads(raw)
        found = at(payload, self.list) if self.list else payload
        entries = found if isinstance(found, list) else [found]
        if len(entries) > MOST_RECEIPTS or not all(isinstance(entry, Mapping) for entry in entries):
            raise ValueError("not receipts")
        for entry in entries:
            state = _text_of(at(entry, self.state))
            word = self.states.get(state, "ignore")
            tracking_id = read_uuid(_text_of(at(entry, self.reference)))
            name = _text_of(at(entry, self.id))[:100]
            if word != "ignore" and (tracking_id or name):
                yield Receipt(ReceiptKind(word), tracking_id, name, code=state[:40])


class Gateway(Schema):
    """The settings of an account. `query`, `receipts` None: the gateway has no such thing."""

    base: Text = ""
    sender: Text = ""
    send: Send
    outcomes: dict[str, OutcomeWord] = {"0": "accepted", "1": "bad_payload", "4": "config"}
    statuses: dict[Status, OutcomeWord] = {}
    server_errors: Literal["refused", "unknown"] = "refused"
    # Without a default: whether a message may be sent twice depends on it.
    query: Query | None
    receipts: Receipts | None = None
    plain_letters: bool = False
    # A shorter text is none; a longer one no gateway takes in one piece.
    text_max: Annotated[int, Field(ge=60, le=2000)] = 0

    @model_validator(mode="after")
    def _fill_up(self) -> "Gateway":
        self.base = self.base.rstrip("/")
        self.statuses = {**STATUSES, **self.statuses}
        self.text_max = self.text_max or (TEXT_MAX_PLAIN if self.plain_letters else TEXT_MAX_MARKED)
        return self

    def values(self, account: Account, reference: str, **more: str) -> dict[str, str]:
        """What the names in `headers` and `fields` stand for. `more`: those of one message."""
        values = {
            "base": self.base,
            "account": account.external_id or account.name,
            "sender": self.sender,
            "callback": account.callback_url if self.receipts else "",
            "reference": reference,
            **{f"secret:{name}": value for name, value in account.secrets.items()},
            **more,
        }
        return {f"{{{name}}}": value for name, value in values.items()}

    def outcome_of(self, result: Result) -> Outcome:
        """What an attempt came to. The gateway's code counts before the status of its answer, except that nothing
        but 2xx is a success."""
        match result:
            case NotSent(cause, refused):
                reason = Reason.CONFIG if refused else Reason.TRANSPORT
                detail = _SENTENCES[reason] if refused else _("Không nối được đến cổng tin nhắn.")
                return Outcome(OutcomeKind.TEMPORARY, "", f"{detail} ({cause})", reason=reason)
            case Cut(cause):
                detail = _("Đứt kết nối sau khi gửi, chưa rõ cổng tin nhắn đã nhận chưa.")
                return Outcome(OutcomeKind.UNKNOWN, "", f"{detail} ({cause})", reason=Reason.TRANSPORT)
        answer = result.json()
        code = _text_of(at(answer, self.send.code))
        # A text in the place of a code may hold personal data.
        code = code if not code or _CODE.match(code) else "?"
        word, code = self._word(result.status, code), code or str(result.status)
        if word in ("accepted", "delivered"):
            return Outcome(OutcomeKind(word), code, provider_id=_text_of(at(answer, self.send.id))[:100])
        if word == "unreadable":
            detail = _("Cổng tin nhắn trả lời không đọc được, chưa rõ đã nhận tin chưa.")
            return Outcome(OutcomeKind.UNKNOWN, code, detail, reason=Reason.UNMAPPED)
        detail = str(_SENTENCES[word])
        if word == "unknown":
            return Outcome(OutcomeKind.UNKNOWN, code, detail, reason=Reason.PROVIDER)
        if word in _PERMANENT:
            return Outcome(OutcomeKind.PERMANENT, code, detail, reason=Reason(word))
        return Outcome(OutcomeKind.TEMPORARY, code, detail, result.retry_after(), Reason(word))

    def _word(self, status: int, code: str) -> str:
        taken = 200 <= status < 300
        by_code = self.outcomes.get(code, "")
        if by_code and (taken or by_code not in ("accepted", "delivered")):
            return by_code
        if by_status := self.statuses.get(str(status)) or self.statuses.get(f"{status // 100}xx"):
            return by_status
        if status >= 500:
            return "provider" if self.server_errors == "refused" else "unknown"
        if taken and not self.send.code:
            return "accepted"
        # A success in an unknown format: the gateway may well have accepted the message.
        return "unreadable" if taken and not code else "unmapped"


def read_gateway(config: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Gateway | None, list[str]]:
    """The gateway of these settings, or None and all that is wrong with them, in Vietnamese.

    Read before each call: settings may have come in past the check, or be older than it.
    """
    gateway, faults = read(Gateway, config, keep_null=True)
    for name, value in secrets.items():
        if not isinstance(value, str) or not value.isprintable():
            words = gettext_noop("Bí mật “%(name)s” có ký tự không dùng được.")
            faults.append(Fault((), words, {"name": name}))
    if gateway is not None:
        if gateway.receipts and not secrets.get(gateway.receipts.secret):
            faults.append(_no_secret(gateway.receipts.secret, "receipts", "secret"))
        faults += [one.below(("send",)) for one in gateway.send.faults(gateway.base, secrets)]
        if gateway.query:
            faults += [one.below(("query",)) for one in gateway.query.faults(gateway.base, secrets)]
    return None if faults else gateway, describe_faults(faults)


def _no_secret(name: str, *path: str) -> Fault:
    return Fault(path, gettext_noop("chưa có bí mật “%(name)s”."), {"name": name})


def _texts_in(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from _texts_in(each)


def _fill(content: Any, values: Mapping[str, str]) -> Any:
    """Whatever JSON the settings have, with its values. A callback that there is none of is left out."""
    if isinstance(content, dict):
        kept = content if values["{callback}"] else {k: v for k, v in content.items() if v != "{callback}"}
        return {name: _fill(value, values) for name, value in kept.items()}
    if isinstance(content, list):
        return [_fill(each, values) for each in content]
    if not isinstance(content, str):
        return content
    before, brace, name = content.rpartition("{")
    return before + values.get(brace + name, brace + name)


def at(answer: Any, path: str) -> Any:
    """The value at "a.0.b" of a JSON answer; None when there is none or no path."""
    try:
        for step in path.split("."):
            answer = answer[int(step) if isinstance(answer, list) else step]
    except (LookupError, TypeError, ValueError):
        return None
    return answer


def _text_of(value: Any) -> str:
    """A code, state or name as settings write it: 0 and "0" are the same, true is "true"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
