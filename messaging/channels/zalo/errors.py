"""Zalo's error codes, and the outcome of each answer or broken connection. Pure: the moment is an argument."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
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

    NOTHING = "nothing"  # it was refused for now
    WAY = "way"  # the way it went; the next one may do
    FORM = "form"  # what was sent: another way with the same form would fare the same
    READER = "reader"  # this reader cannot be reached over Zalo


class Wait(StrEnum):
    """When it may be tried again."""

    USUAL = "usual"
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
    closes: Closes = Closes.NOTHING
    wait: Wait = Wait.USUAL
    most_tries: int = 0
    way_rests: bool = False


def refused(reason: Reason, words: "StrOrPromise", closes: Closes = Closes.READER) -> Rule:
    """Certainly not sent, and this way it never will be."""
    return Rule(OutcomeKind.PERMANENT, reason, words, closes)


def unfit(words: "StrOrPromise") -> Rule:
    """What was sent is not as Zalo wants it."""
    return Rule(OutcomeKind.PERMANENT, Reason.BAD_PAYLOAD, words, Closes.FORM)


def later(reason: Reason, words: "StrOrPromise", wait: Wait = Wait.USUAL, most_tries: int = 0) -> Rule:
    """Certainly not sent, but another try may go well."""
    return Rule(OutcomeKind.TEMPORARY, reason, words, wait=wait, most_tries=most_tries)


def form_rests(words: "StrOrPromise") -> Rule:
    """Certainly not sent, as this form may not be used just now. Its messages wait until an operator chooses another
    one, or Zalo approves it again."""
    return Rule(OutcomeKind.TEMPORARY, Reason.TEMPLATE_UNUSABLE, words, Closes.FORM, Wait.SOON)


def way_rests(reason: Reason, words: "StrOrPromise", wait: Wait = Wait.USUAL) -> Rule:
    """Certainly not sent, as the account may not use this way just now; it says nothing of the other ways."""
    return Rule(OutcomeKind.TEMPORARY, reason, words, wait=wait, way_rests=True)


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
    """The next moment at which Vietnamese clocks show this."""
    local = now.astimezone(VIETNAM)
    moment = datetime.combine(local.date(), clock, VIETNAM)
    return moment if moment > local else moment + timedelta(days=1)


# The limit of calls, which every host may answer.
TOO_FAST = -32
# The same number means two things; a word in Zalo's text distinguishes them.
ANOTHER_MEANING: dict[int, tuple[tuple[str, Rule], ...]] = {
    TOO_FAST: (
        (
            "your oa",
            later(
                Reason.RATE_LIMIT,
                _("Official Account này gọi Zalo nhanh hơn mức cho phép."),
                Wait.NEXT_MINUTE,
            ),
        ),
    ),
    -201: (
        ("user_id", refused(Reason.BAD_ADDRESS, _("Zalo không biết mã người dùng này."), Closes.WAY)),
        ("recipient", refused(Reason.BAD_ADDRESS, _("Zalo không biết mã người dùng này."), Closes.WAY)),
    ),
    -223: (
        ("article", later(Reason.DAILY_QUOTA, _("Đã hết hạn mức bài viết của Official Account."))),
        ("quota", later(Reason.DAILY_QUOTA, _("Đã hết hạn mức bài viết của Official Account."))),
    ),
}

OPENAPI: dict[int, Rule] = {
    TOO_FAST: later(
        Reason.RATE_LIMIT, _("Ứng dụng gọi Zalo nhanh hơn mức cho phép (chung mọi tỉnh)."), Wait.NEXT_MINUTE
    ),
    -100: later(Reason.BAD_PAYLOAD, _("Tệp đã tải lên Zalo hết hạn sau 7 ngày, phải tải lại."), most_tries=2),
    -200: later(Reason.PROVIDER, _("Zalo gửi tin không thành công."), most_tries=4),
    -201: unfit(_("Zalo không nhận một trường trong tin.")),
    -204: later(Reason.PLATFORM_BLOCK, _("Official Account đã bị vô hiệu hóa.")),
    -205: later(Reason.CONFIG, _("Không có Official Account này.")),
    -209: later(Reason.CONFIG, _("Ứng dụng Zalo chưa được kích hoạt.")),
    -210: unfit(_("Nội dung vượt giới hạn của Zalo.")),
    -211: way_rests(Reason.DAILY_QUOTA, _("Đã hết hạn mức tin của Official Account.")),
    -212: later(Reason.CONFIG, _("Ứng dụng Zalo chưa đăng ký loại API này.")),
    -213: refused(Reason.NOT_FOLLOWING, _("Người nhận chưa quan tâm Official Account."), Closes.WAY),
    -214: later(Reason.BAD_PAYLOAD, _("Bài viết đang được Zalo xử lý.")),
    -216: later(Reason.STALE, _("Mã truy cập Zalo không còn giá trị.")),
    -217: refused(Reason.OPTED_OUT, _("Người nhận đã chặn lời mời của Official Account.")),
    -218: later(Reason.OUTSIDE_WINDOW, _("Người nhận đã nhận đủ số tin trong ngày từ Zalo."), Wait.NEXT_DAY),
    -219: later(Reason.PLATFORM_BLOCK, _("Ứng dụng Zalo đã bị gỡ hoặc vô hiệu hóa.")),
    -220: later(Reason.STALE, _("Mã truy cập Zalo đã hết hạn hoặc bị thu hồi.")),
    -221: later(Reason.CONFIG, _("Official Account chưa được xác thực.")),
    -223: way_rests(
        Reason.CREDENTIAL, _("Official Account chưa cấp quyền này cho ứng dụng: phải cấp quyền lại.")
    ),
    -224: way_rests(Reason.CONFIG, _("Gói của Official Account không có tính năng này, phải nâng gói.")),
    -227: refused(Reason.NO_ACCOUNT, _("Tài khoản Zalo của người nhận bị khóa hoặc không dùng quá 45 ngày.")),
    -230: refused(
        Reason.OUTSIDE_WINDOW, _("Người nhận không tương tác với Official Account trong 7 ngày."), Closes.WAY
    ),
    -232: refused(
        Reason.OUTSIDE_WINDOW,
        _("Người nhận chưa tương tác với Official Account, hoặc đã quá hạn nhắn."),
        Closes.WAY,
    ),
    -233: unfit(_("Zalo không nhận loại tin này.")),
    -234: later(Reason.NIGHT, _("Zalo không nhận loại tin này ban đêm (22 giờ đến 6 giờ)."), Wait.MORNING),
    -235: way_rests(Reason.CONFIG, _("Loại Official Account này không được dùng tính năng.")),
    -237: unfit(_("Nhóm trò chuyện đã bị khóa.")),
    -238: unfit(_("Tài nguyên này đã được dùng.")),
    -240: unfit(_("Zalo đã ngừng cách gửi này.")),
    **dict.fromkeys((-241, -403), unfit(_("Official Account không ở trong nhóm trò chuyện."))),
    -242: later(Reason.CREDENTIAL, _("Zalo không nhận appsecret_proof: kiểm tra khóa bí mật của ứng dụng.")),
    -244: refused(Reason.OPTED_OUT, _("Người nhận không muốn nhận loại tin này.")),
    -248: unfit(_("Zalo cho rằng nội dung vi phạm quy định của nền tảng: cần người xem lại mẫu tin.")),
    -249: refused(
        Reason.TEMPLATE_UNUSABLE, _("Mẫu tin này không gửi được theo mã người dùng Zalo."), Closes.WAY
    ),
    -320: way_rests(Reason.CONFIG, _("Official Account chưa nối với tài khoản ZBS.")),
    -321: way_rests(Reason.BILLING, _("Tài khoản ZBS đã hết tiền.")),
    **dict.fromkeys((-1340, -1341), unfit(_("Zalo không nhận biểu mẫu này."))),
}

# Each needs a person; what was to be renewed is not renewed by trying again.
OAUTH: dict[int, Rule] = {
    -14002: later(Reason.CONFIG, _("Mã ứng dụng Zalo sai, hoặc ứng dụng chưa được kích hoạt.")),
    -14003: later(
        Reason.CONFIG, _("Địa chỉ quay về chưa được khai báo ở trang quản lý ứng dụng Zalo, hoặc không khớp.")
    ),
    -14004: later(Reason.CREDENTIAL, _("Khóa bí mật của ứng dụng Zalo không đúng.")),
    -14005: later(Reason.CREDENTIAL, _("Mã cấp quyền sai, đã dùng hoặc quá 10 phút: phải cấp quyền lại.")),
    -14012: later(Reason.CREDENTIAL, _("Official Account không cho phép ứng dụng này.")),
    -14014: later(Reason.CREDENTIAL, _("Mã làm mới đã dùng, hết hạn hoặc bị thu hồi: phải cấp quyền lại.")),
    -14018: later(Reason.CONFIG, _("Zalo không nhận cách xin mã truy cập này.")),
    -14024: later(Reason.CREDENTIAL, _("Ứng dụng không thuộc Official Account này.")),
    -14029: later(Reason.CONFIG, _("Ứng dụng Zalo chưa được duyệt.")),
}

BUSINESS: dict[int, Rule] = {
    -100: later(Reason.PROVIDER, _("Zalo báo lỗi chưa rõ, sẽ thử lại.")),
    -101: later(Reason.CONFIG, _("Mã ứng dụng Zalo không hợp lệ.")),
    -102: later(Reason.CONFIG, _("Không có ứng dụng Zalo này.")),
    -103: later(Reason.CONFIG, _("Ứng dụng Zalo chưa được kích hoạt.")),
    -104: later(Reason.CREDENTIAL, _("Khóa bí mật của ứng dụng Zalo không đúng.")),
    -105: later(Reason.CONFIG, _("Ứng dụng Zalo chưa liên kết với Official Account.")),
    -106: unfit(_("Zalo không nhận cách gọi này.")),
    -107: unfit(_("Zalo không biết mã tin này.")),
    -108: refused(Reason.BAD_ADDRESS, _("Zalo không nhận số điện thoại này.")),
    -109: form_rests(_("Zalo không biết mã mẫu tin này.")),
    -1091: form_rests(_("Mã mẫu tin không hợp lệ.")),
    -110: refused(Reason.NO_ACCOUNT, _("Zalo trên máy người nhận quá cũ, không hiện được tin này.")),
    -111: unfit(_("Mẫu tin không có dữ liệu.")),
    -112: unfit(_("Một tham số của mẫu tin sai kiểu.")),
    -1121: unfit(_("Một tham số của mẫu tin quá dài.")),
    -1122: unfit(_("Thiếu một tham số của mẫu tin.")),
    -1123: later(Reason.TEMPLATE_UNUSABLE, _("Zalo không tạo được mã QR của mẫu tin."), most_tries=3),
    -1124: unfit(_("Một tham số của mẫu tin sai định dạng.")),
    **dict.fromkeys((-113, -1131, -1132), unfit(_("Nút của mẫu tin không hợp lệ."))),
    -114: later(
        Reason.NO_ACCOUNT,
        _("Người nhận không dùng Zalo, từ chối tin, hoặc Zalo gặp lỗi."),
        Wait.SOON,
        most_tries=2,
    ),
    -115: way_rests(Reason.BILLING, _("Tài khoản ZBS đã hết hạn mức hoặc hết tiền.")),
    -116: unfit(_("Nội dung tin không hợp lệ.")),
    -117: way_rests(Reason.CONFIG, _("Official Account hoặc ứng dụng không có quyền dùng mẫu tin này.")),
    -118: refused(Reason.NO_ACCOUNT, _("Số điện thoại này không có tài khoản Zalo.")),
    -119: refused(Reason.NO_ACCOUNT, _("Tài khoản Zalo này không nhận được tin.")),
    **dict.fromkeys(
        (-120, -1201, -1202),
        way_rests(Reason.CONFIG, _("Official Account chưa có quyền dùng tính năng này.")),
    ),
    -121: unfit(_("Mẫu tin không hợp lệ.")),
    -122: unfit(_("Zalo không đọc được nội dung gửi lên.")),
    -123: unfit(_("Zalo không giải mã được dữ liệu RSA.")),
    -124: later(Reason.STALE, _("Mã truy cập Zalo không còn giá trị.")),
    -1241: later(Reason.CREDENTIAL, _("Zalo không nhận appsecret_proof: kiểm tra khóa bí mật của ứng dụng.")),
    -125: unfit(_("Mã Official Account không hợp lệ.")),
    -126: way_rests(Reason.BILLING, _("Ví của chế độ thử nghiệm đã hết tiền.")),
    -127: unfit(_("Tin thử nghiệm chỉ gửi được cho quản trị viên của ứng dụng.")),
    -130: unfit(_("Nội dung của mẫu tin quá dài.")),
    -131: form_rests(_("Mẫu tin chưa được Zalo duyệt.")),
    -132: unfit(_("Một tham số không hợp lệ.")),
    -133: later(Reason.NIGHT, _("Mẫu tin này không gửi được ban đêm (22 giờ đến 6 giờ)."), Wait.MORNING),
    -134: refused(Reason.OPTED_OUT, _("Người nhận chưa đồng ý nhận loại tin này trên Zalo.")),
    -135: way_rests(Reason.CONFIG, _("Official Account chưa xác thực hoặc đang dùng gói miễn phí.")),
    -1351: way_rests(Reason.PLATFORM_BLOCK, _("Zalo đã khóa quyền gửi của Official Account vì vi phạm.")),
    -136: way_rests(Reason.CONFIG, _("Official Account chưa nối với tài khoản ZBS.")),
    -137: way_rests(Reason.BILLING, _("Zalo không trừ được tiền ở tài khoản ZBS.")),
    **dict.fromkeys((-138, -1381), way_rests(Reason.CONFIG, _("Ứng dụng chưa có quyền dùng tính năng này."))),
    -139: refused(Reason.OPTED_OUT, _("Người nhận đã từ chối loại tin này.")),
    -140: refused(Reason.OPTED_OUT, _("Người nhận không thuộc diện nhận loại tin này.")),
    -141: refused(Reason.OPTED_OUT, _("Người nhận đã từ chối tin của Official Account này.")),
    **dict.fromkeys((-142, -143), unfit(_("Khóa RSA không dùng được."))),
    -144: way_rests(Reason.DAILY_QUOTA, _("Official Account đã gửi hết số tin trong ngày."), Wait.NEXT_DAY),
    -1441: refused(
        Reason.TEMPLATE_UNUSABLE, _("Official Account đã gửi hết số tin hậu mãi trong tháng."), Closes.FORM
    ),
    -145: way_rests(Reason.CONFIG, _("Official Account không được gửi loại nội dung này.")),
    -146: form_rests(_("Zalo đã khóa mẫu tin này vì chất lượng thấp.")),
    # The account may well send with its other templates: only what needs this one waits.
    -147: later(Reason.TEMPLATE_UNUSABLE, _("Mẫu tin này đã gửi hết số tin trong ngày."), Wait.NEXT_DAY),
    -1471: refused(Reason.OUTSIDE_WINDOW, _("Người nhận đã nhận đủ tin hậu mãi trong tháng."), Closes.FORM),
    -1472: later(Reason.OUTSIDE_WINDOW, _("Người nhận đã nhận đủ tin hậu mãi trong ngày."), Wait.NEXT_DAY),
    **dict.fromkeys((-148, -149, -1491, -150), unfit(_("Mã hành trình của mẫu tin không hợp lệ."))),
    **dict.fromkeys(
        (-151, -152, -153, -158, -159, -161, -162), unfit(_("Zalo không nhận dữ liệu của mẫu tin."))
    ),
    -160: later(Reason.TEMPLATE_UNUSABLE, _("Đã hết số lần tạo hoặc sửa mẫu tin trong ngày."), Wait.NEXT_DAY),
}

TABLES = {Host.OPENAPI: OPENAPI, Host.BUSINESS: BUSINESS, Host.OAUTH: OAUTH}
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
