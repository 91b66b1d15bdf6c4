"""The outcome of each answer of Zalo's, by its error codes (`errors.csv`), and of each broken connection.

Pure: the moment is an argument.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.channels.base import Outcome, OutcomeKind, Reason
from messaging.channels.zalo import protocol
from messaging.channels.zalo.protocol import Envelope, Host
from messaging.channels.zalo.settings import CHAT, TEMPLATE_UID
from tenants.clock import VIETNAM
from tenants.web.http import Answered, Cut, NotSent, Result

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Closes(StrEnum):
    """What is over for the message when a code refuses it for good."""

    NOTHING = ""  # it was refused for now
    WAY = "way"  # the way it went; the next one may do
    FORM = "form"  # what was sent: another way with the same form would fare the same
    READER = "reader"  # this reader cannot be reached over Zalo


class Wait(StrEnum):
    """When it may be tried again."""

    USUAL = ""
    SOON = "soon"
    NEXT_MINUTE = "next_minute"
    NEXT_DAY = "next_day"
    MORNING = "morning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table. `words` are for operators; `most_tries`: so many tries and it is refused for good
    (0: as often as there is time); `way_rests`: the account may not use this way just now, but others."""

    kind: OutcomeKind
    reason: Reason
    words: "StrOrPromise"
    closes: Closes
    wait: Wait
    most_tries: int
    way_rests: bool


# Zalo counts a day from midnight; a little later every server of theirs knows.
DAY_BEGINS = time(0, 5)
NIGHT_BEGINS, NIGHT_ENDS, NIGHT_SURELY_ENDS = time(22), time(6), time(7)
# Messages that waited for the morning are spread over this time, so that Zalo is not stormed at six o'clock.
MORNING_SPREAD = timedelta(minutes=30)
DAY_SPREAD = timedelta(minutes=10)
MINUTE_SPREAD = timedelta(seconds=5)
SOON = timedelta(minutes=15)


def wait_of(rule: Rule, now: datetime, spread: float) -> timedelta | None:
    """How long to wait from `now` (aware) by this rule; None where the relay knows best.

    `spread`, from 0 to 1, is the message's own place among those that wait for the same moment. The wait for
    a new day of the whole account is exact.
    """
    match rule.wait:
        case Wait.USUAL:
            return None
        case Wait.SOON:
            return SOON + spread * MINUTE_SPREAD
        case Wait.NEXT_MINUTE:
            past = timedelta(seconds=now.second, microseconds=now.microsecond)
            return timedelta(minutes=1) - past + spread * MINUTE_SPREAD
        case Wait.NEXT_DAY:
            wait = _next(DAY_BEGINS, now) - now
            return wait if rule.reason.concerns_account else wait + spread * DAY_SPREAD
        case Wait.MORNING:
            return _morning(now) - now + spread * MORNING_SPREAD


def _morning(now: datetime) -> datetime:
    """When the night is over; sources disagree whether at six or at seven, so a refusal after six means seven."""
    local = now.astimezone(VIETNAM).time()
    if NIGHT_ENDS <= local < NIGHT_SURELY_ENDS:
        return _next(NIGHT_SURELY_ENDS, now)
    if local >= NIGHT_BEGINS or local < NIGHT_ENDS:
        return _next(NIGHT_ENDS, now)
    # Refused for the night at daytime: some clock is wrong.
    return now + timedelta(hours=1)


def _next(clock: time, now: datetime) -> datetime:
    local = now.astimezone(VIETNAM)
    moment = datetime.combine(local.date(), clock, VIETNAM)
    return moment if moment > local else moment + timedelta(days=1)


def _read_rules() -> tuple[dict[Host, dict[int, Rule]], dict[int, list[tuple[str, Rule]]]]:
    tables: dict[Host, dict[int, Rule]] = {host: {} for host in Host}
    others: defaultdict[int, list[tuple[str, Rule]]] = defaultdict(list)
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rule = Rule(
                OutcomeKind(row["kind"]),
                Reason(row["reason"]),
                _(row["words"]),
                Closes(row["closes"]),
                Wait(row["wait"]),
                int(row["most_tries"] or 0),
                row["way_rests"] == "yes",
            )
            for code in map(int, row["codes"].split()):
                if row["said"]:
                    others[code].append((row["said"], rule))
                else:
                    tables[Host(row["host"])][code] = rule
    return tables, others


FILE = Path(__file__).with_name("errors.csv")
"""The codes of each host and what they come to. `said`: a word in Zalo's text, for a number that means two things."""
TABLES, ANOTHER_MEANING = _read_rules()
OPENAPI, BUSINESS = TABLES[Host.OPENAPI], TABLES[Host.BUSINESS]
# Each needs a person; what was to be renewed is not renewed by trying again.
OAUTH = TABLES[Host.OAUTH]
# The limit of calls, which every host may answer.
TOO_FAST = -32
# A gateway that answers these did not take the call. A gateway that answers 502 or 504 passed it on.
BUSY = frozenset({429, 503})
# What costs nothing although it has a price: it was given with the OA's package.
_GIVEN = frozenset({"reward_quota", "sub_quota"})

_UNREACHED = _("Không nối được đến Zalo.")
_REFUSED_HERE = _("Địa chỉ của Zalo trong cấu hình không được phép gọi.")
_CUT = _("Đứt kết nối sau khi gửi, chưa rõ Zalo đã nhận chưa.")
_BUSY = _("Zalo đang bận hoặc gặp sự cố.")
_UNREADABLE = _("Zalo trả lời không đọc được, chưa rõ đã nhận chưa.")
_NOT_DONE = _("Zalo không thực hiện lời gọi này.")
_UNMAPPED = _("Zalo trả lời bằng mã chưa biết, chưa rõ đã nhận chưa.")
_REFUSED = _("Zalo từ chối bằng mã chưa biết.")


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
    if host == Host.OPENAPI or code == TOO_FAST:
        for word, other in ANOTHER_MEANING.get(code, ()):
            if word in text.lower():
                return other
    rule = (OPENAPI if code == TOO_FAST else TABLES[host]).get(code)
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
    """What an answer proves: with a negative code it is a refusal, whatever its status and whether or not a table has
    the code. Without an envelope only a status that certainly took nothing does."""
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
    # A code of the host of tokens is no word of this one.
    if envelope is not None and envelope.code < 0 and envelope.code not in OAUTH:
        return _outcome(heard, OutcomeKind.TEMPORARY, Reason.UNMAPPED, str(_REFUSED), code)
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
        gettext("%(words)s (mã %(code)d)") % {"words": rule.words, "code": code},
        wait,
        rule.reason,
        way=heard.way,
        next_way=rule.closes == Closes.WAY or (rule.closes == Closes.FORM and heard.way == CHAT),
        way_rests=rule.way_rests and bool(heard.way),
        form_rests=rule.kind == OutcomeKind.TEMPORARY and rule.closes == Closes.FORM,
        most_tries=rule.most_tries,
    )


def _outcome(heard: Heard, kind: OutcomeKind, reason: Reason, detail: str, code: str = "") -> Outcome:
    wait = None
    if kind == OutcomeKind.TEMPORARY and isinstance(heard.result, Answered):
        wait = heard.result.retry_after()
    # What may have arrived may have to be paid for.
    cost = heard.cost if kind == OutcomeKind.UNKNOWN else 0
    return Outcome(kind, code, detail, wait, reason, way=heard.way, cost=cost)
