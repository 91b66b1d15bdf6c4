"""Stop words in answers to a message, and the replies to them.

Most people type without marks, so the words are compared without them. A word that without marks may mean
something else ("dung": dừng, đúng, dùng) is asked about, not obeyed; so is HỦY, which people write to take
back a dossier as well, "thôi", which also says never mind, and other texts that only begin like a wish to stop.
"""

import re
import unicodedata
from enum import StrEnum

from messaging.inbound.chat import conversation
from tenants.text import fold

LONGEST = 60


class Meaning(StrEnum):
    STOP = "stop"
    ASK_BACK = "ask_back"
    NOTHING = "nothing"


# Said around what is wanted: "tôi muốn … đi", "xin … giúp em nhé".
_BEFORE = frozenset(
    {
        "toi", "em", "minh", "con", "chau", "muon", "can", "xin", "vui", "long", "lam", "on", "hay", "cho", "da", "vang",
        "ok", "ad", "admin", "oi", "thoi", "giup",
    }
)  # fmt: skip
_AFTER = frozenset(
    {
        "di", "nhe", "nha", "a", "voi", "giup", "ho", "dum", "gium", "toi", "em", "minh", "ad", "admin", "oi", "luon",
        "cam", "on", "ngay", "lai", "cho",
    }
)  # fmt: skip
_NEWS = r"(?:tin|tin nhan|tin bao|tin zalo|thong bao|nhan tin|bao tin)(?: ve)?(?: ho so)?(?: (?:nay|o day|tai day|qua zalo))?"
_GET = r"(?:nhan|gui|bao)"
# Said with it by who is fed up, which leaves no doubt where "nữa" says that it went on too long.
_FED_UP = r"(?:(?:lam )?phien|met|buc minh|buc|kho chiu|nhieu|on|spam)(?: (?:phuc|qua|lam|toi|em|minh|nguoi ta|roi))*"
_ENOUGH = (
    rf"(?:dung|ngung|thoi|khong)(?: co)? (?:nhan|gui|bao|lam phien|quay ray|spam)(?: {_NEWS}| gi)?"
    r"(?: (?:cho )?(?:toi|em|minh|nguoi ta|nguoi dan|dan|nha toi))? nua"
)
_STOP = re.compile(
    rf"(?:{_FED_UP} )?(?:thoi )?{_ENOUGH}(?: (?:di|nhe|a|dc khong))?(?: {_FED_UP})?|(?:tat|ngung|ngat|dung|huy|thoi|tu choi|cham dut|bo)(?: dang ky)?(?: {_GET})? {_NEWS}(?: nua)?"
    rf"|khong (?:muon|can)(?: {_GET})? {_NEWS}(?: nua)?|khong nhan {_NEWS} nua"
    rf"|(?:dung|ngung|thoi) {_GET} nua"
    # Typed with the input method off, as Telex and VNI leave it; or in one word.
    r"|tattin|tawts tin|tawst tin|tatws tin|ta81t tin|ta8t1 tin|tat81 tin|tc|stop|stop all|unsubscribe"
)
# Whole messages as written with their marks: without them they may mean something else.
_STOP_WITH_MARKS = frozenset({"dừng", "dừng lại", "ngừng", "ngưng", "tắt", "thôi nhận", "từ chối"})
_ASK_BACK = re.compile(
    r"huy|huy bo|huy dang ky|huy theo doi|dung|dung lai|ngung|tat|thoi|thoi nhan|tu choi|end|quit|cancel"
    r"|khong (?:muon |can )?(?:nhan|gui|bao)(?: tin| tin nhan| thong bao)?(?: nua)?"
    # A dossier may be named behind it; what taking one back needs is asked of the catalogue.
    r"|(?:huy|huy bo|rut|rut lai) (?:ho so|hs|don)(?: (?:cua toi|nay|da nop|lai|ve))?(?: [a-z]?[0-9]+)*"
    r"|(?:tat tin|tat tin nhan|tattin|tat thong bao|huy nhan tin|ngung nhan tin|tu choi nhan tin) .*"
)
# With other marks the same letters are other words.
_OTHER_WORDS = frozenset({"đúng", "dùng", "dụng", "tất", "tạt", "thời", "thổi"})


def meaning(text: str) -> Meaning:
    """What these words ask for. A longer text means nothing here: a person reads it."""
    if len(text) > LONGEST:
        return Meaning.NOTHING
    written, plain = _wanted(unicodedata.normalize("NFC", text))
    if written and written[0] in _OTHER_WORDS:
        return Meaning.NOTHING
    wanted = " ".join(plain)
    if _STOP.fullmatch(wanted) or " ".join(written) in _STOP_WITH_MARKS:
        return Meaning.ASK_BACK if _is_doubtful(text, written) else Meaning.STOP
    if _ASK_BACK.fullmatch(wanted) and " ".join(written) != "đừng":
        return Meaning.ASK_BACK
    return Meaning.NOTHING


def _wanted(text: str) -> tuple[list[str], list[str]]:
    """The words without those around them, as written and without marks."""
    written, plain = _words(text).split(), fold(_words(text)).split()
    if len(written) != len(plain):
        written = plain
    begin, end = 0, len(plain)
    while end - begin > 1 and plain[end - 1] in _AFTER and " ".join(plain[begin:end]) != "dung lai":
        end -= 1
    while end - begin > 1 and plain[begin] in _BEFORE and not _STOP.fullmatch(" ".join(plain[begin:end])):
        begin += 1
    return written[begin:end], plain[begin:end]


def _is_doubtful(text: str, written: list[str]) -> bool:
    """Whether this may ask, complain or agree: "tắt tin à?", "đừng tin", "dung nhan tin" (đúng, nhận tin)."""
    asks = "?" in text or "à" in _words(text).split()
    return asks or (
        written[0] in ("dung", "đừng") and written[1:2] in (["nhan"], ["tin"]) and "nua" not in written
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


# To citizens it writes Vietnamese, whatever they read. Whose telephone number it is, nobody knows who did not link a
# dossier: no silence is promised there.
STOPPED = (
    "Đã tắt tin. Từ nay chúng tôi không tự nhắn cho ông/bà trong cuộc trò chuyện này nữa, kể cả tin báo của hồ sơ đã "
    "nối tại đây; hồ sơ vẫn được giải quyết như thường. Ông/bà vẫn hỏi được tại đây.\n"
    "– Hồ sơ chưa nối tại đây mà báo tin đến số điện thoại: muốn thôi, ông/bà mở trang hồ sơ, mục Tin báo về hồ sơ, "
    "hoặc đề nghị tại nơi đã nộp.\n"
    "– Bài viết của tài khoản: ông/bà bỏ quan tâm tài khoản là thôi nhận.\n"
    "Muốn nhận tin lại, ông/bà lấy mã liên kết trên trang hồ sơ rồi nhắn vào đây."
)
ASKED_BACK = (
    "Ông/bà muốn thôi nhận tin hay muốn rút hồ sơ?\n"
    "– Thôi nhận tin: nhắn TẮT TIN.\n"
    "– Rút hồ sơ: mời ông/bà đến nơi đã nộp, mang theo giấy tờ tùy thân. Nhắn ở đây không rút được hồ sơ.\n"
    "Chưa có gì thay đổi."
)
_ANSWERS = {Meaning.STOP: STOPPED, Meaning.ASK_BACK: ASKED_BACK}


def reply_to_stop(heard: conversation.IncomingText) -> bool:
    """What agreements ended was ended when the text was heard; here it is only said. While a person answers,
    they ask back."""
    meant = meaning(heard.text)
    text = _ANSWERS.get(meant)
    if text is None or (meant is Meaning.ASK_BACK and heard.by_hand):
        return False
    conversation.say(heard, text, conversation.Kind.STOP)
    return True
