"""The page of the mock channel: a simulated telephone that shows messages and writes back."""

import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from messaging.channels.accounts import channel_accounts
from messaging.channels.mock.channel import DESCRIPTIONS, callback
from messaging.channels.mock.store import Journal, Received
from messaging.channels.models import DEFAULT_ACCOUNT, Lane
from messaging.contacts import contacts
from messaging.contacts.models import Follower
from messaging.delivery import lane_loop
from messaging.inbound import receive
from messaging.inbound.chat import turns
from messaging.inbound.models import IncomingMessage
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from tenants import clock, phone_numbers
from tenants.isolation.context import current_province
from tenants.isolation.crypto import CannotDecrypt, blind_indexes, decrypt
from tenants.web.budgets import PROVINCE, Budget, BudgetSpent, Limit
from tenants.web.public_pages import see_other

CHANNEL = "mock"
LONGEST = 500
# As many as a person looks at.
MOST_TELEPHONES, MOST_MESSAGES, MOST_SHOWN, MOST_FATES = 50, 200, 100, 10
# A demonstration is looked at by a few people.
_TOO_MANY = gettext_lazy("Đã nhắn nhiều quá. Xin đợi một phút.")
WRITTEN = Budget("telephone", _TOO_MANY, Limit("number", 20, 60), Limit(PROVINCE, 120, 60))
# So long the page waits for the answer; what takes longer is seen by looking again.
SECONDS = 1.0


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def telephone(request: HttpRequest) -> HttpResponse:
    """`?so=` chooses the number; without it, or for a number without messages, the latest one is shown. A POST sends
    what its owner types (`text`) or presses (`chip`)."""
    if CHANNEL not in settings.MESSAGING_CHANNELS:
        raise Http404
    number = (request.POST if request.method == "POST" else request.GET).get("so", "")
    text, problem = "", ""
    if request.method == "POST":
        text = request.POST.get("chip") or request.POST.get("text", "")
        try:
            number = phone_numbers.normalise(number)
            send_text(number, text)
        except (phone_numbers.BadPhone, BudgetSpent, NotDelivered) as fault:
            problem = _(str(fault))
        else:
            return see_other(f"{request.path}?{urlencode({'so': number})}")
    context = telephones(number, page=request.path) | {
        "numbers": [{"ending": ending, "what": what} for ending, what in DESCRIPTIONS.items()],
        "here": request.get_full_path(),
        "text": text[:LONGEST],
        "problem": problem,
        "longest": LONGEST,
    }
    context["chips"] = chips(context["current"])
    return render(request, "messaging/telephone.html", context, status=422 if problem else 200)


def telephones(wanted: str, *, page: str) -> dict[str, Any]:
    """`phones`: those that got a message in this province, the latest first; `current`: the one to show.

    `wanted` is a number however written; `page` the address to which each telephone links. `current` is None
    while there is no message. Of thousands the latest MOST_TELEPHONES and MOST_MESSAGES, and how many
    more there are.
    """
    by_number = Journal(current_province().uuid).telephones()
    if not by_number:
        return {"phones": [], "more": 0, "current": None}
    shown = next(iter(by_number))
    with suppress(phone_numbers.BadPhone):
        chosen = phone_numbers.normalise(wanted)
        shown = chosen if chosen in by_number else shown
    received = by_number[shown]
    listed = [
        {
            "name": _name(messages),
            "number": phone_numbers.spaced(number),
            "url": f"{page}?{urlencode({'so': number})}",
            "count": len(messages),
            "current": number == shown,
        }
        for number, messages in islice(by_number.items(), MOST_TELEPHONES)
    ]
    delivered = [asdict(message) | {"when": message.at} for message in received[-MOST_MESSAGES:]]
    current = {
        "name": _name(received),
        "number": phone_numbers.spaced(shown),
        "plain": shown,
        # Of the same moment: an answer stands below what it answers.
        "messages": sorted([*incoming_texts(shown), *delivered], key=itemgetter("when")),
        "fates": delivered_messages(shown),
        "earlier": max(len(received) - MOST_MESSAGES, 0),
    }
    return {"phones": listed, "more": len(by_number) - len(listed), "current": current}


def _name(messages: list[Received]) -> str:
    """The name that the last message has; an answer in the chat knows the number alone."""
    return next((one.name for one in reversed(messages) if one.name), "")


def chips(current: dict[str, Any] | None) -> list[str]:
    """What people write most, to be sent by one press: first the code of their last dossier."""
    tables = [message["rows"] for message in current["messages"] if message.get("rows")] if current else []
    codes = [str(value) for label, value in tables[-1] if label == "Mã hồ sơ"] if tables else []
    return [*codes[:1], "Đăng ký khai sinh", "Giờ làm việc", "NHẬN TIN", "TẮT TIN"]


class NotDelivered(ValueError):
    """What was typed cannot be sent; the text says why in Vietnamese."""


def send_text(number: str, text: str) -> None:
    """The owner of this number (ten digits) writes to the province's account: through the same door as a provider's
    callback. Raises NotDelivered and BudgetSpent. Must not be called inside a transaction."""
    said = templates.storable(text).strip()
    if not said:
        raise NotDelivered(_("Xin gõ lời nhắn."))
    if len(said) > LONGEST:
        raise NotDelivered(_("Lời nhắn dài quá %(most)d chữ.") % {"most": LONGEST})
    WRITTEN.take(number=number)
    payload = {
        "event": "wrote",
        "number": number,
        "message_id": uuid.uuid4().hex,
        "text": said,
        "at": clock.now().isoformat(),
    }
    sent = callback(channel_accounts.account_of(CHANNEL, DEFAULT_ACCOUNT), payload)
    if not isinstance(receive.receive(CHANNEL, DEFAULT_ACCOUNT, sent.headers, sent.body), receive.Received):
        raise NotDelivered(_("Tỉnh chưa có luồng tin của kênh mô phỏng."))
    # Beside the workers, so that the answer stands on the page that follows.
    receive.process_pending(seconds=SECONDS)
    turns.process_pending(seconds=SECONDS)
    for lane in Lane.objects.filter(channel=CHANNEL, account=DEFAULT_ACCOUNT):
        lane_loop.run_lane(lane.pk, seconds=SECONDS)
    # Where a worker holds the lane, that sends it in a moment.
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and Message.objects.live().filter(follower__in=_readers(number)).exists():
        time.sleep(0.1)


def incoming_texts(number: str) -> list[dict[str, Any]]:
    """What the owner of this number wrote, oldest first, and what each text was taken for."""
    rows = IncomingMessage.objects.filter(follower__in=_readers(number)).order_by("-pk")
    columns = rows.values_list(Cast("text", TextField()), "written_at", "answered_as", "answer_due_at")
    found: list[dict[str, Any]] = []
    for cipher, written_at, answered_as, due in columns[:MOST_SHOWN]:
        fate = _("đang đọc") if due else _("không trả lời")
        if answered_as:
            fate = _("được hiểu là: %(kind)s") % {"kind": IncomingMessage.Kind(answered_as).label}
        with suppress(CannotDecrypt):
            when = written_at.astimezone(clock.VIETNAM)
            found.append({"mine": True, "body": decrypt(cipher), "when": when, "fate": fate})
    return found[::-1]


def delivered_messages(number: str) -> list[dict[str, Any]]:
    """What became of the last messages to this number, the newest first: also of those that are still held back."""
    mine = Q(follower__in=_readers(number))
    if (contact := contacts.contact_by_phone(number)) is not None:
        mine |= Q(contact=contact)
    rows = Message.objects.filter(mine).defer("button_url", "facts").order_by("-pk")
    return [
        {
            "message": message,
            "label": templates.label(message.intent) if message.title else _("Lời đáp trong trò chuyện"),
            "held": max(0, int((message.not_before - message.created_at).total_seconds())),
        }
        for message in rows[:MOST_FATES]
    ]


def _readers(number: str) -> Any:
    return Follower.objects.filter(channel=CHANNEL, address_index__in=blind_indexes(number, "follower"))
