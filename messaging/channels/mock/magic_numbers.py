"""How the pretended provider treats a number: well, unless it ends in one of these digits.

…9990  no such subscriber: refused for good
…9991  the first attempt fails, later ones succeed
…9992  answers after three seconds
…9993  takes the message, but its answer is lost
…9994  takes the message; word that it arrived comes three seconds later
…9995  takes the message; two seconds later says that it could not be delivered
…9996  takes the message; says that it arrived, then that it was seen
…9997  always busy
…9998  says that the account may not send: the whole lane rests, as it would with a lost password
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSED_FOR_GOOD = "9990"
FAILS_ONCE = "9991"
SLOW = "9992"
ANSWER_LOST = "9993"
ARRIVES_LATER = "9994"
UNDELIVERED = "9995"
SEEN = "9996"
ALWAYS_BUSY = "9997"
LOCKED_OUT = "9998"
SLOW_SECONDS = 3.0

# In words for whoever shows the portal.
DESCRIPTIONS: dict[str, "str | Promise"] = {
    REFUSED_FOR_GOOD: _("số không có tài khoản: bị từ chối hẳn"),
    FAILS_ONCE: _("lần đầu lỗi, lần sau gửi được"),
    SLOW: _("kênh trả lời chậm 3 giây"),
    ANSWER_LOST: _("kênh nhận tin nhưng mất câu trả lời"),
    ARRIVES_LATER: _("kênh nhận, 3 giây sau báo tin đã đến"),
    UNDELIVERED: _("kênh nhận, 2 giây sau báo tin không đến được"),
    SEEN: _("kênh nhận, báo tin đã đến rồi đã xem"),
    ALWAYS_BUSY: _("kênh luôn bận"),
    LOCKED_OUT: _("tài khoản gửi bị khóa: cả luồng tin tạm nghỉ"),
}


@dataclass(frozen=True, slots=True)
class LaterReceipt:
    """What the provider tells about a message it took, so long after it took it. `event` is a ReceiptKind."""

    event: str
    seconds: float
    code: str = ""


_LATER_RECEIPTS = {
    ARRIVES_LATER: (LaterReceipt("delivered", 3.0),),
    UNDELIVERED: (LaterReceipt("undelivered", 2.0, "unreachable"),),
    SEEN: (LaterReceipt("delivered", 1.0), LaterReceipt("seen", 3.0)),
}


def later_receipts(number: str) -> tuple[LaterReceipt, ...]:
    """What comes by callback about a message to this number, in order; nothing for most."""
    return _LATER_RECEIPTS.get(number[-4:], ())
