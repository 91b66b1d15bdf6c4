"""Calls as acts and ended messages open them. People and numbers are invented."""

from typing import Any

from django.db import transaction

from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.outbox import phone_calls
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants.organisation.models import Agency
from tests.messaging.conftest import NUMBER, SUBJECT, write


def ended(contact: Contact, event: str = "1", intent: str = "received", **changes: Any) -> Message:
    """A message that nothing could deliver; `desk` is whose people would call."""
    desk = changes.pop("desk", None)
    message = write(contact, event, intent=intent, **changes)
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, desk=desk)
    message.refresh_from_db()
    return message


def opened(message: Message, reason: str = Call.Reason.FAILED, problem: str = "") -> Call:
    with transaction.atomic():
        return phone_calls.open_call(message, reason, problem)


def without_message(desk: Agency | None, event: str = "1", intent: str = "received", **changes: Any) -> Call:
    values: dict[str, Any] = {
        "subject": SUBJECT,
        "name": "Nguyễn Thị Thử",
        "phone": NUMBER,
        "title": "Đã tiếp nhận hồ sơ",
        "body": "Kính gửi ông/bà.⟦ Gọi 0200 000 0000.⟧",
        "reason": Call.Reason.NO_CONSENT,
    }
    with transaction.atomic():
        return phone_calls.open_without_message(
            event=event, intent=intent, desk=desk, **{**values, **changes}
        )


def outcome(call: Call) -> str:
    call.refresh_from_db()
    return call.outcome
