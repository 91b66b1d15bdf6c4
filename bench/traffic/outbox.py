"""Messages that wait in the outbox, many at once, and what the provider is told where to find them."""

import uuid
from typing import Any

PEOPLE = 50
BODY = (
    "Kính gửi ông/bà Nguyễn Thị Minh Họa, hồ sơ H15.08-261125-0001 đã được tiếp nhận, "
    "hẹn trả kết quả ngày 02/12/2026."
)
URL = "http://daklak.localhost/h/abcdefghijklmnopqrst/"


def connect(provider_port: int) -> Any:
    """Have the SMS channel of this process speak to a provider on this machine, and to it alone."""
    from django.conf import settings

    from messaging.channels.base import registry

    settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", provider_port)})
    settings.MESSAGING_CHANNELS = ["sms"]
    return registry.get("sms")


def lane(provider_url: str, name: str = "do") -> Any:
    """A lane of the present province whose account is this provider."""
    from messaging.channels.accounts import channel_accounts
    from messaging.channels.models import Lane
    from tests.simulators.sms.process import account_settings

    channel_accounts.save("sms", name, config=account_settings(provider_url, name))
    return Lane.objects.get(channel="sms", account=name)


def fill(lane: Any, count: int) -> None:
    """So many messages that are due in the lane, each about a dossier of its own, to fifty invented people."""
    from django.db.models.functions import Now

    from messaging.contacts import contacts
    from messaging.contacts.models import Contact
    from messaging.outbox.models.messages import Message

    people = list(Contact.objects.order_by("pk")[:PEOPLE])
    for number in range(len(people), PEOPLE):
        person = contacts.contact_for(f"09050{number:05d}", f"Nguyễn Thị Minh Họa {number}")
        contacts.grant(person, "sms", evidence="đo tốc độ")
        people.append(person)
    Message.objects.bulk_create(
        [
            Message(
                key=uuid.uuid4().hex,
                subject=f"do:{uuid.uuid4().hex}",
                event="1",
                intent="received",
                purpose=contacts.DOSSIER_STATUS,
                lane=lane,
                contact=people[number % PEOPLE],
                reader="Nguyễn Thị Minh Họa",
                title="Đã tiếp nhận hồ sơ",
                body=BODY,
                rows=[["Mã hồ sơ", "H15.08-261125-0001"], ["Hẹn trả", "02/12/2026"]],
                button_label="Theo dõi",
                button_url=URL,
                not_before=Now(),
                next_attempt_at=Now(),
                expires_at=Now(),
            )
            for number in range(count)
        ],
        batch_size=1000,
    )
    _settle_times(lane)


def _settle_times(lane: Any) -> None:
    """Worth sending for a day; and a table the planner knows, as one that has grown over weeks is."""
    from datetime import timedelta

    from django.db.models.functions import Now

    from messaging.outbox.models.messages import Message

    waiting = Message.objects.filter(lane=lane, state="queued")
    waiting.update(expires_at=Now() + timedelta(days=1), next_attempt_at=Now())
