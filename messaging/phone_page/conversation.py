"""The pretended telephone's other half: what its owner writes, and what became of each message to them."""

import time
import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from messaging.accounts import channel_accounts
from messaging.channels.mock.webhooks import callback
from messaging.conversations import conversation
from messaging.inbound import receive
from messaging.models import DEFAULT_ACCOUNT, Follower, HeardMessage, Lane, Message
from messaging.recipients import contacts
from messaging.relay import process
from messaging.texts import templates
from tenants import clock, rate_limits
from tenants.crypto import CannotDecrypt, blind_indexes, decrypt

CHANNEL = "mock"
LONGEST = 500
MOST_SHOWN = 100
MOST_FATES = 10
# In a minute: a demonstration is looked at by a few people.
PER_TELEPHONE, PER_PROVINCE, MINUTE = 20, 120, 60
# So long the page waits for the answer; what takes longer is seen by looking again.
SECONDS = 1.0


class NotWritten(ValueError):
    """What was typed cannot be sent; the text says why in Vietnamese."""


def write(number: str, text: str) -> None:
    """The owner of this number (ten digits) writes to the province's account: through the same door as a provider's
    callback. Raises NotWritten. Must not be called inside a transaction."""
    said = templates.storable(text).strip()
    if not said:
        raise NotWritten(_("Xin gõ lời nhắn."))
    if len(said) > LONGEST:
        raise NotWritten(_("Lời nhắn dài quá %(most)d chữ.") % {"most": LONGEST})
    limits = {f"telephone:{number}": PER_TELEPHONE, "telephone:all": PER_PROVINCE}
    if not rate_limits.take(limits, seconds=MINUTE):
        raise NotWritten(_("Đã nhắn nhiều quá. Xin đợi một phút."))
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
        raise NotWritten(_("Tỉnh chưa có luồng tin của kênh mô phỏng."))
    # Beside the workers, so that the answer stands on the page that follows.
    receive.work_off(seconds=SECONDS)
    conversation.work_off(seconds=SECONDS)
    for lane_id in Lane.objects.filter(channel=CHANNEL, account=name).values_list("pk", flat=True):
        process.run_lane(lane_id, seconds=SECONDS)
    # Where a worker holds the lane, that sends it in a moment.
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and Message.objects.live().filter(follower__in=_readers(number)).exists():
        time.sleep(0.1)


def said(number: str) -> list[dict[str, Any]]:
    """What the owner of this number wrote, oldest first, and what each text was taken for."""
    rows = HeardMessage.objects.filter(follower__in=_readers(number)).order_by("-pk")
    columns = rows.values_list(Cast("text", TextField()), "told_at", "answered_as", "answer_due_at")
    found: list[dict[str, Any]] = []
    for cipher, reported_at, answered_as, due in columns[:MOST_SHOWN]:
        with suppress(CannotDecrypt):
            found.append(
                {
                    "mine": True,
                    "body": decrypt(cipher) if cipher else "",
                    "when": reported_at.astimezone(clock.VIETNAM),
                    "fate": _taken_for(answered_as, due),
                }
            )
    return found[::-1]


def fates(number: str) -> list[dict[str, Any]]:
    """What became of the last messages to this number, the newest first: also of those that are still held back."""
    contact = contacts.contact_by_phone(number)
    mine = Q(follower__in=_readers(number))
    if contact is not None:
        mine |= Q(contact=contact)
    rows = Message.objects.filter(mine).select_related("lane").defer("button_url", "facts")
    return [_fate(message) for message in rows.order_by("-pk")[:MOST_FATES]]


def _readers(number: str) -> Any:
    return Follower.objects.filter(channel=CHANNEL, address_index__in=blind_indexes(number, "follower"))


def _taken_for(answered_as: str, due: datetime | None) -> str:
    if answered_as:
        return _("được hiểu là: %(kind)s") % {"kind": HeardMessage.Kind(answered_as).label}
    return _("đang đọc") if due else _("không trả lời")


def _fate(message: Message) -> dict[str, Any]:
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
