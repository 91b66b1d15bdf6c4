"""What a gateway's answer means. Pure: no network, no database, no clock but the answer's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.base import Finding, Outcome, OutcomeKind, Reason
from messaging.channels.http import Answered, Cut, NotSent, Result
from messaging.channels.sms.gateway_profile import FINDINGS, OUTCOMES, Profile

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
            code = code_at(answer, profile.send["code"])
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
        return "provider" if profile.refuses_by_5xx else "unknown"
    if taken and not profile.send["code"]:
        return "accepted"
    if taken and not code:
        # It says yes in a language that nobody here reads: it may well have taken the message.
        return "unreadable"
    return "unmapped"


def _outcome(word: str, code: str, result: Answered, answer: Any, profile: Profile) -> Outcome:
    if word == "unreadable":
        detail = _("Cổng tin nhắn trả lời không đọc được, chưa rõ đã nhận tin chưa.")
        return Outcome(OutcomeKind.UNKNOWN, code, detail, reason=Reason.UNMAPPED)
    kind, reason = OUTCOMES[word]
    if kind in (OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED):
        name = at(answer, profile.send.get("id", ""))
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
    if by_status := query["statuses"].get(str(result.status)):
        return FINDINGS[by_status]
    if not 200 <= result.status < 300:
        return Finding.LATER
    state = text_of(at(result.json(), query["state"]))
    return FINDINGS[query.get("states", {}).get(state, "later")]


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
    """The gateway's code; "?" for one that is no code but a text, which may say anything about anybody."""
    code = text_of(at(answer, path))
    return code if not code or _CODE.match(code) else "?"
