"""The page of the mock channel: a simulated telephone that shows messages and writes back."""

import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
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


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def telephone(request: HttpRequest) -> HttpResponse:
    """`?so=` chooses the number; without it, or for a number without messages, the latest one is shown. A POST sends
    what its owner types (`text`) or presses (`chip`)."""
    if "mock" not in settings.MESSAGING_CHANNELS:
        raise Http404
    number = (request.POST if request.method == "POST" else request.GET).get("so", "")
    text, problem = "", ""
    if request.method == "POST":
        text = request.POST.get("chip") or request.POST.get("text", "")
        try:
            number = phone_numbers.normalise(number)
            send_text(number, text)
        except (phone_numbers.BadPhone, NotDelivered) as fault:
            problem = _(str(fault))
        else:
            answer = HttpResponseRedirect(f"{request.path}?{urlencode({'so': number})}")
            answer.status_code = 303
            return answer
    context = telephones(number, page=request.path)
    context |= {
        "numbers": [{"ending": ending, "what": what} for ending, what in DESCRIPTIONS.items()],
        "chips": chips(context["current"]),
        "here": request.get_full_path(),
    }
    context |= {"text": text[:LONGEST], "problem": problem, "longest": LONGEST}
    return render(request, "messaging/telephone.html", context, status=422 if problem else 200)


# As many as a person looks at.
MOST_TELEPHONES = 50
MOST_MESSAGES = 200


def telephones(wanted: str, *, page: str) -> dict[str, Any]:
    """`phones`: those that got a message in this province, the latest first; `current`: the one to show.

    `wanted` is a number however written; `page` the address to which each telephone links. `current` is None
    while there is no message. Of thousands the latest MOST_TELEPHONES and MOST_MESSAGES, and how many
    more there are.
    """
    by_number = Journal(current_province().uuid).telephones()
    if not by_number:
        return {"phones": [], "more": 0, "current": None}
    chosen = _number(wanted)
    shown = chosen if chosen in by_number else next(iter(by_number))
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
    current = {
        "name": _name(received),
        "number": phone_numbers.spaced(shown),
        "plain": shown,
        # Of the same moment: an answer stands below what it answers.
        "messages": sorted(
            [*incoming_texts(shown), *map(_shown, received[-MOST_MESSAGES:])], key=itemgetter("when")
        ),
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


def _number(text: str) -> str:
    try:
        return phone_numbers.normalise(text)
    except phone_numbers.BadPhone:
        return ""


def _shown(message: Received) -> dict[str, Any]:
    return asdict(message) | {"when": message.at}


CHANNEL = "mock"
LONGEST = 500
MOST_SHOWN = 100
MOST_FATES = 10
# A demonstration is looked at by a few people.
_TOO_MANY = gettext_lazy("Đã nhắn nhiều quá. Xin đợi một phút.")
WRITTEN = Budget("telephone", _TOO_MANY, Limit("number", 20, 60), Limit(PROVINCE, 120, 60))
# So long the page waits for the answer; what takes longer is seen by looking again.
SECONDS = 1.0


class NotDelivered(ValueError):
    """What was typed cannot be sent; the text says why in Vietnamese."""


def send_text(number: str, text: str) -> None:
    """The owner of this number (ten digits) writes to the province's account: through the same door as a provider's
    callback. Raises NotDelivered. Must not be called inside a transaction."""
    said = templates.storable(text).strip()
    if not said:
        raise NotDelivered(_("Xin gõ lời nhắn."))
    if len(said) > LONGEST:
        raise NotDelivered(_("Lời nhắn dài quá %(most)d chữ.") % {"most": LONGEST})
    try:
        WRITTEN.take(number=number)
    except BudgetSpent as spent:
        raise NotDelivered(str(spent)) from spent
    payload = {
        "event": "wrote",
        "number": number,
        "message_id": uuid.uuid4().hex,
        "text": said,
        "at": clock.now().isoformat(),
    }
    name = DEFAULT_ACCOUNT
    sent = callback(channel_accounts.account_of(CHANNEL, name), payload)
    if not isinstance(receive.receive(CHANNEL, name, sent.headers, sent.body), receive.Received):
        raise NotDelivered(_("Tỉnh chưa có luồng tin của kênh mô phỏng."))
    # Beside the workers, so that the answer stands on the page that follows.
    receive.process_pending(seconds=SECONDS)
    turns.process_pending(seconds=SECONDS)
    for lane_id in Lane.objects.filter(channel=CHANNEL, account=name).values_list("pk", flat=True):
        lane_loop.run_lane(lane_id, seconds=SECONDS)
    # Where a worker holds the lane, that sends it in a moment.
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and Message.objects.live().filter(follower__in=_readers(number)).exists():
        time.sleep(0.1)


def incoming_texts(number: str) -> list[dict[str, Any]]:
    """What the owner of this number wrote, oldest first, and what each text was taken for."""
    rows = IncomingMessage.objects.filter(follower__in=_readers(number)).order_by("-pk")
    columns = rows.values_list(Cast("text", TextField()), "written_at", "answered_as", "answer_due_at")
    found: list[dict[str, Any]] = []
    for cipher, reported_at, answered_as, due in columns[:MOST_SHOWN]:
        with suppress(CannotDecrypt):
            found.append(
                {
                    "mine": True,
                    "body": decrypt(cipher) if cipher else "",
                    "when": reported_at.astimezone(clock.VIETNAM),
                    "fate": _kind_label(answered_as, due),
                }
            )
    return found[::-1]


def delivered_messages(number: str) -> list[dict[str, Any]]:
    """What became of the last messages to this number, the newest first: also of those that are still held back."""
    contact = contacts.contact_by_phone(number)
    mine = Q(follower__in=_readers(number))
    if contact is not None:
        mine |= Q(contact=contact)
    rows = Message.objects.filter(mine).select_related("lane").defer("button_url", "facts")
    return [_delivery(message) for message in rows.order_by("-pk")[:MOST_FATES]]


def _readers(number: str) -> Any:
    return Follower.objects.filter(channel=CHANNEL, address_index__in=blind_indexes(number, "follower"))


def _kind_label(answered_as: str, due: datetime | None) -> str:
    if answered_as:
        return _("được hiểu là: %(kind)s") % {"kind": IncomingMessage.Kind(answered_as).label}
    return _("đang đọc") if due else _("không trả lời")


def _delivery(message: Message) -> dict[str, Any]:
    held = int((message.not_before - message.created_at).total_seconds())
    return {
        "number": message.pk,
        "label": templates.label(message.intent) if message.title else _("Lời đáp trong trò chuyện"),
        "channel": message.lane.channel,
        "state": message.get_state_display(),
        "well": message.delivered_at is not None,
        "created_at": message.created_at,
        "not_before": message.not_before,
        "held": held if held > 0 else 0,
        "attempts": message.attempts,
        "sent_at": message.sent_at,
        "accepted_at": message.accepted_at,
        "delivered_at": message.delivered_at,
        "seen_at": message.seen_at,
        "problem": message.problem,
    }
