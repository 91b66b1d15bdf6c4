"""The SMS channel: one call per attempt, described by the account's gateway profile; text, responses, receipts."""

import hmac
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
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
    read_uuid,
)
from messaging.channels.inbound_items import InboundItem, Receipt, Rejected
from messaging.channels.sms import gateway_profile, placeholders
from messaging.channels.sms.gateway_profile import (
    FINDINGS,
    OUTCOMES,
    RECEIPTS,
    TEXT_MAX_PLAIN,
    BadProfile,
    Call,
    Profile,
    Receipts,
    profile_of,
)
from tenants import phone_numbers
from tenants.text import ELLIPSIS, fit
from tenants.web import http
from tenants.web.http import Answered, Cut, NotSent, Result

# What stands in the alphabet of GSM 03.38 and is no plain ASCII letter or sign is not needed here.
_SIGNS = str.maketrans(
    {"đ": "d", "Đ": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-",
     "·": "-", "→": "->", "×": "x", "½": "1/2", "\u00a0": " ", "\u202f": " ", "\t": " ", "`": "'"}
)  # fmt: skip
# These take the room of two letters.
_WIDE = frozenset("[]{}^~|\\€")


def compose(body: str, link: str, *, limit: int, plain: bool) -> str:
    """`body` and the link within `limit` letters, as a telephone counts them: the body is cut, at a word."""
    words = without_marks(body) if plain else unicodedata.normalize("NFC", body)
    words = words.strip()
    if not link:
        return _cut(words, limit, plain=plain)
    room = limit - length(link, plain=plain) - 1
    words = _cut(words, room, plain=plain) if room > len(_mark(plain)) else ""
    return f"{words}\n{link}" if words else link


def without_marks(text: str) -> str:
    """The text in letters that every telephone and gateway has: "Đã tiếp nhận" → "Da tiep nhan"."""
    text = text.translate(_SIGNS)
    bare = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "?" for letter in bare)


def length(text: str, *, plain: bool) -> int:
    """Letters as they are counted for the parts of a message.

    With marks each is two bytes and a picture counts twice; plain, some signs count twice.
    """
    if plain:
        return len(text) + sum(letter in _WIDE for letter in text)
    return len(text.encode("utf-16-le")) // 2


def _mark(plain: bool) -> str:
    return "..." if plain else ELLIPSIS


def _cut(text: str, limit: int, *, plain: bool) -> str:
    letters = limit
    while letters > 0:
        cut = fit(text, letters, _mark(plain))
        over = length(cut, plain=plain) - limit
        if over <= 0:
            return cut
        letters = min(letters, len(cut)) - over
    return ""


# A gateway's own texts are not kept: they quote numbers and messages.
WORDS = {
    Reason.NONE: "",
    Reason.NIGHT: gettext_lazy("Cổng tin nhắn không nhận tin vào giờ này."),
    Reason.OPTED_OUT: gettext_lazy("Người nhận đã từ chối tin nhắn."),
    Reason.BAD_ADDRESS: gettext_lazy("Cổng tin nhắn không gửi được đến số này."),
    Reason.BAD_PAYLOAD: gettext_lazy("Cổng tin nhắn không nhận nội dung tin này."),
    Reason.TEMPLATE_UNUSABLE: gettext_lazy("Cổng tin nhắn không nhận mẫu tin này."),
    Reason.TRANSPORT: gettext_lazy("Không nối được đến cổng tin nhắn."),
    Reason.PROVIDER: gettext_lazy("Cổng tin nhắn đang gặp sự cố."),
    Reason.UNMAPPED: gettext_lazy("Cổng tin nhắn trả lời bằng mã chưa khai báo."),
    Reason.RATE_LIMIT: gettext_lazy("Gửi nhanh hơn mức cổng tin nhắn cho phép."),
    Reason.DAILY_QUOTA: gettext_lazy("Đã hết hạn mức trong ngày ở cổng tin nhắn."),
    Reason.BILLING: gettext_lazy("Tài khoản ở cổng tin nhắn đã hết tiền."),
    Reason.CREDENTIAL: gettext_lazy("Cổng tin nhắn không nhận tên hoặc mật khẩu của tài khoản."),
    Reason.CONFIG: gettext_lazy("Cấu hình của tài khoản chưa đúng."),
    Reason.PLATFORM_BLOCK: gettext_lazy("Cổng tin nhắn đã khóa tài khoản này."),
}
_CODE = re.compile(r"\A[\w.:-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call, with the profile by which it is read."""

    profile: Profile
    result: Result


def outcome_of(heard: Heard) -> Outcome:
    """The outcome of an attempt.

    The gateway's code counts before the status of its answer, except that nothing but 2xx is a success.
    """
    profile, result = heard.profile, heard.result
    match result:
        case NotSent():
            reason = Reason.CONFIG if result.refused else Reason.TRANSPORT
            return Outcome(OutcomeKind.TEMPORARY, "", f"{WORDS[reason]} ({result.cause})", reason=reason)
        case Cut():
            detail = _("Đứt kết nối sau khi gửi, chưa rõ cổng tin nhắn đã nhận chưa.")
            return Outcome(OutcomeKind.UNKNOWN, "", f"{detail} ({result.cause})", reason=Reason.TRANSPORT)
        case Answered():
            answer = result.json()
            code = code_at(answer, profile.send.code)
            word = _word(profile, result.status, code)
            return _outcome(word, code or str(result.status), result, answer, profile)


def _word(profile: Profile, status: int, code: str) -> str:
    taken = 200 <= status < 300
    by_code = profile.outcomes.get(code, "")
    if by_code and (taken or OUTCOMES[by_code][0] not in (OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED)):
        return by_code
    if by_status := profile.statuses.get(str(status)) or profile.statuses.get(f"{status // 100}xx"):
        return by_status
    if status >= 500:
        return "provider" if profile.server_errors == "refused" else "unknown"
    if taken and not profile.send.code:
        return "accepted"
    if taken and not code:
        # A success in an unknown format: the gateway may well have accepted the message.
        return "unreadable"
    return "unmapped"


def _outcome(word: str, code: str, result: Answered, answer: Any, profile: Profile) -> Outcome:
    if word == "unreadable":
        detail = _("Cổng tin nhắn trả lời không đọc được, chưa rõ đã nhận tin chưa.")
        return Outcome(OutcomeKind.UNKNOWN, code, detail, reason=Reason.UNMAPPED)
    kind, reason = OUTCOMES[word]
    if kind in (OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED):
        name = at(answer, profile.send.id)
        return Outcome(kind, code, provider_id=text_of(name)[:100])
    detail = str(WORDS[reason])
    if kind == OutcomeKind.UNKNOWN:
        detail = _("Cổng tin nhắn gặp sự cố, chưa rõ đã nhận tin chưa.")
    wait = result.retry_after() if kind == OutcomeKind.TEMPORARY else None
    return Outcome(kind, code, detail, wait, reason)


def finding_of(heard: Heard) -> Finding:
    """What an answer to a question about a message means; LATER for all that says nothing."""
    query, result = heard.profile.query, heard.result
    if query is None:
        return Finding.UNSUPPORTED
    if not isinstance(result, Answered):
        return Finding.LATER
    if by_status := query.statuses.get(str(result.status)):
        return FINDINGS[by_status]
    if not 200 <= result.status < 300:
        return Finding.LATER
    state = text_of(at(result.json(), query.state))
    return FINDINGS[query.states.get(state, "later")]


def at(answer: Any, path: str) -> Any:
    """The value at "a.0.b" of a JSON answer; None when there is none or no path."""
    if not path:
        return None
    for step in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def text_of(value: Any) -> str:
    """A code, state or name as a profile writes it: 0 and "0" are the same, true is "true"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""


def code_at(answer: Any, path: str) -> str:
    """The gateway's code; "?" for a text in its place, which may hold personal data."""
    code = text_of(at(answer, path))
    return code if not code or _CODE.match(code) else "?"


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
        values = _values(
            account,
            profile,
            number=message.address,
            number84=f"84{message.address.removeprefix('0')}",
            reference=str(message.tracking_id),
            text=compose(
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
        return gateway_profile.problems(config, secrets)

    def where_secrets_go(self, config: Mapping[str, Any]) -> Any:
        return {name: config[name] for name in ("base", "send", "query", "receipts") if name in config}

    def verify_webhook(self, account: Account, headers: Mapping[str, str], raw: bytes) -> Rejected | None:
        try:
            receipts = profile_of(account).receipts
        except BadProfile:
            return Rejected("the account's settings cannot be used")
        if receipts is None:
            return Rejected("this account has no receipts")
        secret = account.secrets.get(receipts.secret, "")
        shown = headers.get(receipts.header.lower(), "")
        if not secret or not shown:
            return Rejected("no secret to tell by" if shown else "no signature")
        if receipts.scheme == "hmac-sha256":
            shown = shown.removeprefix(receipts.prefix).strip().lower()
            secret = hmac.new(secret.encode(), raw, sha256).hexdigest()
        if not hmac.compare_digest(shown.encode(), secret.encode()):
            return Rejected("wrong signature")
        return None

    def parse_events(self, account: Account, raw: bytes) -> Iterable[InboundItem]:
        how = profile_of(account).receipts
        return [] if how is None else list(_receipts(json.loads(raw), how))


def _ask(account: Account, profile: Profile, tracking_id: UUID) -> http.Result:
    assert profile.query is not None
    return _call(profile.query, _values(account, profile, reference=str(tracking_id)))


def _values(account: Account, profile: Profile, **more: str) -> dict[str, str]:
    """What the placeholders stand for, secrets under "secret:…". `more`: those of one message."""
    return {
        "base": profile.base,
        "account": account.external_id or account.name,
        "sender": profile.sender,
        "callback": account.callback_url if profile.receipts else "",
        **{f"secret:{name}": value for name, value in account.secrets.items()},
        **more,
    }


def _call(how: Call, values: Mapping[str, str]) -> http.Result:
    try:
        url = placeholders.fill_address(how.url, values)
        headers = {name: placeholders.fill(value, values) for name, value in how.headers.items()}
        body = b""
        if how.method != "GET":
            fields = placeholders.fill_fields(how.fields, values)
            if how.format == "json":
                headers["Content-Type"] = "application/json"
                body = json.dumps(fields, ensure_ascii=False).encode()
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(fields).encode()
    except (placeholders.Unfilled, UnicodeError) as error:
        # Half a letter from the depths of a text, or a placeholder of a message in a question about it.
        return http.NotSent(type(error).__name__, refused=True)
    return http.call(
        how.method,
        url,
        headers=headers,
        body=body,
        connect=CONNECT_SECONDS,
        read=READ_SECONDS,
        total=TOTAL_SECONDS,
    )


def _receipts(payload: Any, how: Receipts) -> Iterable[Receipt]:
    entries = at(payload, how.list) if how.list else payload
    entries = entries if isinstance(entries, list) else [entries]
    if len(entries) > MOST_RECEIPTS or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("not receipts")
    for entry in entries:
        state = text_of(at(entry, how.state))
        kind = RECEIPTS[how.states.get(state, "ignore")]
        tracking_id = read_uuid(text_of(at(entry, how.reference)))
        name = text_of(at(entry, how.id))[:100]
        if kind is not None and (tracking_id or name):
            yield Receipt(kind, tracking_id, name, code=state[:40])
