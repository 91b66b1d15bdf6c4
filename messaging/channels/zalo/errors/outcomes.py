"""What an answer of Zalo's means, code by code and break by break. Pure: the moment comes with the question."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels.base import Outcome, OutcomeKind, Reason
from messaging.channels.http import Answered, Cut, NotSent, Result
from messaging.channels.zalo.errors.business_codes import BUSINESS
from messaging.channels.zalo.errors.openapi_codes import ANOTHER_MEANING, OAUTH, OPENAPI
from messaging.channels.zalo.errors.rules import Closes, Rule, wait_of
from messaging.channels.zalo.protocol import protocol
from messaging.channels.zalo.protocol.protocol import Envelope, Host
from messaging.channels.zalo.routes import CHAT, TEMPLATE_UID

TABLES = {Host.OPENAPI: OPENAPI, Host.BUSINESS: BUSINESS, Host.OAUTH: OAUTH}
# Whoever answers these did not take the call. A gateway that answers 502 or 504 passed it on.
BUSY = frozenset({429, 503})
# What costs nothing although it has a price: it was given with the OA's package.
_GIVEN = frozenset({"reward_quota", "sub_quota"})

_UNREACHED = gettext_lazy("Không nối được đến Zalo.")
_REFUSED_HERE = gettext_lazy("Địa chỉ của Zalo trong cấu hình không được phép gọi.")
_CUT = gettext_lazy("Đứt kết nối sau khi gửi, chưa rõ Zalo đã nhận chưa.")
_BUSY = gettext_lazy("Zalo đang bận hoặc gặp sự cố.")
_UNREADABLE = gettext_lazy("Zalo trả lời không đọc được, chưa rõ đã nhận chưa.")
_NOT_DONE = gettext_lazy("Zalo không thực hiện lời gọi này.")
_UNMAPPED = gettext_lazy("Zalo trả lời bằng mã chưa biết, chưa rõ đã nhận chưa.")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call to `host`, and all that reading it takes.

    `now` (aware) and `spread` (0 to 1, the message's own) say when to try again; `cost` is the price of the
    way in đồng.
    """

    host: Host
    result: Result
    now: datetime
    spread: float = 0.0
    way: str = ""
    cost: int = 0


def rule_of(host: Host, code: int, text: str = "", way: str = "") -> Rule | None:
    """The row of this code; None when no table has it. `text`, Zalo's own, tells apart what shares a number."""
    if host == Host.OPENAPI:
        for word, other in ANOTHER_MEANING.get(code, ()):
            if word in text.lower():
                return other
    rule = TABLES[host].get(code)
    if rule is None and way == TEMPLATE_UID:
        # The same templates with the same values: what is wrong with them is told by the same codes.
        rule = BUSINESS.get(code)
    return rule


def outcome_of(heard: Heard) -> Outcome:
    """The outcome of a call: success only by code 0 and a status that is one."""
    match heard.result:
        case NotSent(cause=cause, refused=True):
            return _outcome(heard, OutcomeKind.TEMPORARY, Reason.CONFIG, f"{_REFUSED_HERE} ({cause})")
        case NotSent(cause=cause):
            return _outcome(heard, OutcomeKind.TEMPORARY, Reason.TRANSPORT, f"{_UNREACHED} ({cause})")
        case Cut(cause=cause):
            return _outcome(heard, OutcomeKind.UNKNOWN, Reason.TRANSPORT, f"{_CUT} ({cause})")
        case Answered() as answer:
            return _answered(heard, answer, protocol.envelope(answer.body))


def _answered(heard: Heard, answer: Answered, envelope: Envelope | None) -> Outcome:
    if envelope is not None and envelope.code != 0:
        rule = rule_of(heard.host, envelope.code, envelope.text, heard.way)
        if rule is not None:
            return _by_rule(heard, answer, envelope.code, rule)
    elif envelope is not None and 200 <= answer.status < 300:
        return _taken(heard, envelope)
    code = str(answer.status if envelope is None else envelope.code)
    if answer.status in BUSY:
        reason = Reason.RATE_LIMIT if answer.status == 429 else Reason.PROVIDER
        return _outcome(heard, OutcomeKind.TEMPORARY, reason, str(_BUSY), code)
    if 300 <= answer.status < 500:
        return _outcome(heard, OutcomeKind.TEMPORARY, Reason.UNMAPPED, str(_NOT_DONE), code)
    if answer.status >= 500:
        return _outcome(heard, OutcomeKind.UNKNOWN, Reason.PROVIDER, str(_BUSY), code)
    detail = str(_UNREADABLE if envelope is None else _UNMAPPED)
    return _outcome(heard, OutcomeKind.UNKNOWN, Reason.UNMAPPED, detail, code)


def _taken(heard: Heard, envelope: Envelope) -> Outcome:
    data = protocol.table(envelope.data)
    given = protocol.text(protocol.table(data.get("quota")).get("quota_type")) in _GIVEN
    return Outcome(
        OutcomeKind.ACCEPTED,
        "0",
        provider_id=(protocol.text(data.get("message_id")) or protocol.text(data.get("msg_id")))[:100],
        way=heard.way,
        cost=0 if given else heard.cost,
    )


def _by_rule(heard: Heard, answer: Answered, code: int, rule: Rule) -> Outcome:
    wait = wait_of(rule, heard.now, heard.spread)
    if wait is None and rule.kind == OutcomeKind.TEMPORARY:
        wait = answer.retry_after()
    return Outcome(
        rule.kind,
        str(code),
        _("%(words)s (mã %(code)d)") % {"words": rule.words, "code": code},
        wait,
        rule.reason,
        way=heard.way,
        next_way=rule.closes == Closes.WAY or (rule.closes == Closes.FORM and heard.way == CHAT),
        way_rests=rule.way_rests and bool(heard.way),
        most_tries=rule.most_tries,
    )


def _outcome(heard: Heard, kind: OutcomeKind, reason: Reason, detail: str, code: str = "") -> Outcome:
    wait = None
    if kind == OutcomeKind.TEMPORARY and isinstance(heard.result, Answered):
        wait = heard.result.retry_after()
    # What may have arrived may have to be paid for.
    cost = heard.cost if kind == OutcomeKind.UNKNOWN else 0
    return Outcome(kind, code, detail, wait, reason, way=heard.way, cost=cost)
