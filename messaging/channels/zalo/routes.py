"""Which way a message goes to its reader: the cheapest that is open. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.channels.base import OutgoingMessage, Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHAT = "chat"
TEMPLATE_UID = "template_uid"
TEMPLATE_PHONE = "template_phone"
ORDER = (CHAT, TEMPLATE_UID, TEMPLATE_PHONE)
# After the reader's last word: so long the OA may write freely, and so long it may write at all.
FREE_FOR = timedelta(hours=48)
OPEN_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the account allows: `pays_for_chat` after the free hours, at `chat_price` đồng a message."""

    pays_for_chat: bool = False
    chat_price: int = 55


@dataclass(frozen=True, slots=True)
class Choice:
    """The way, and what it costs in đồng."""

    way: str
    cost: int = 0


@dataclass(frozen=True, slots=True)
class NoWay:
    """No way is open; `words` say in Vietnamese what is missing."""

    code: str
    reason: Reason
    words: "StrOrPromise"


_NO_ADDRESS = NoWay("nobody", Reason.NO_ACCOUNT, _("Không có mã Zalo hay số điện thoại của người nhận."))
_ALL_TRIED = NoWay("all_tried", Reason.OUTSIDE_WINDOW, _("Zalo đã từ chối mọi cách gửi tin này."))
_MONEY = NoWay("money", Reason.OUTSIDE_WINDOW, _("Kinh phí tháng này cho tin Zalo có tính tiền đã hết."))
_NO_FORM = NoWay(
    "no_template",
    Reason.TEMPLATE_UNUSABLE,
    _("Chưa nhắn tự do được qua Zalo, và chưa có mẫu tin được duyệt cho nội dung này."),
)
_FORM_ELSEWHERE = NoWay(
    "no_template_way",
    Reason.TEMPLATE_UNUSABLE,
    _("Mẫu tin Zalo không gửi được đến người nhận này theo cách nào."),
)


def choose(message: OutgoingMessage, terms: Terms) -> Choice | NoWay:
    """The first way that is open: chat, then the approved form by Zalo id, then by telephone number."""
    return next(open_ways(message, terms), None) or _why_none(message, terms)


def open_ways(message: OutgoingMessage, terms: Terms) -> Iterator[Choice]:
    """All ways that are open, in the order in which they are tried."""
    for choice in _priced(message, terms):
        closed = choice.way in message.ways_done or choice.way in message.ways_resting
        if not closed and (message.may_cost or choice.cost == 0):
            yield choice


def usable(message: OutgoingMessage) -> frozenset[str]:
    """All ways that this message may ever have gone, whatever the hours, the money and what was refused."""
    found = {way for way in (TEMPLATE_UID, TEMPLATE_PHONE) if _has_form_for(message, way)}
    if message.address and message.heard_ago is not None:
        found.add(CHAT)
    return frozenset(found)


def _priced(message: OutgoingMessage, terms: Terms) -> Iterator[Choice]:
    ago = message.heard_ago
    if message.address and ago is not None and ago <= FREE_FOR:
        yield Choice(CHAT)
    elif message.address and ago is not None and ago <= OPEN_FOR and terms.pays_for_chat:
        yield Choice(CHAT, terms.chat_price)
    for way in (TEMPLATE_UID, TEMPLATE_PHONE):
        if _has_form_for(message, way):
            assert message.template is not None
            yield Choice(way, message.template.price.get(way, 0))


def _has_form_for(message: OutgoingMessage, way: str) -> bool:
    form = message.template
    return (
        form is not None
        and way in form.ways
        and bool(message.address if way == TEMPLATE_UID else message.phone)
    )


def _why_none(message: OutgoingMessage, terms: Terms) -> NoWay:
    if not message.address and not message.phone:
        return _NO_ADDRESS
    possible = list(_priced(message, terms))
    if any(choice.way not in message.ways_done for choice in possible):
        return _MONEY
    if possible:
        return _ALL_TRIED
    if message.template is not None:
        return _FORM_ELSEWHERE
    if message.template_problem:
        words = gettext("Chưa nhắn tự do được qua Zalo, và %(problem)s") % {
            "problem": message.template_problem
        }
        return NoWay("unfit", Reason.BAD_PAYLOAD, words)
    return _NO_FORM
