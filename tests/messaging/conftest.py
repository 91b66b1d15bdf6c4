"""Contacts, texts and channels for the tests of the messaging room. People and numbers are invented."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from messaging.channels.base import (
    Account,
    ApprovedTemplate,
    Capabilities,
    Channel,
    Finding,
    Health,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    registry,
)
from messaging.channels.lanes import circuit_breaker
from messaging.channels.mock import channel as mock
from messaging.channels.mock.store import Journal
from messaging.channels.models import ChannelAccount, Lane
from messaging.channels.zalo.templates import fitting
from messaging.contacts import contacts
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop
from messaging.delivery.claims import Work
from messaging.delivery.results import Result, settle_all
from messaging.inbound import receive
from messaging.outbox import enqueue
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message, SendingRules
from messaging.outbox.provider_templates import AssignedTemplates
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, Office
from tests.task_queue import TaskQueue

SUBJECT = "dossier:H15.08-261125-0001"
NUMBER = "0905000217"


HOST = {"host": "daklak.localhost"}
Hints = list[Any]


def address(name: str, *arguments: Any) -> str:
    """Of a page of the desk."""
    return reverse(f"admin:{name}", args=arguments, urlconf="portal.urls")


@pytest.fixture
def desk(province: ProvinceRecord, client: Client) -> Client:
    """A browser in which the administrator of the province is logged in."""
    client.force_login(User.objects.create_superuser("quantri", password="mật khẩu thử"))
    return client


@pytest.fixture
def hints(task_queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> Hints:
    """Which provinces' workers were called for callbacks."""
    monkeypatch.setattr(receive, "_woken_at", {})
    return task_queue.watch("work_off_inbound")


@pytest.fixture
def chat_service(settings: Any, task_queue: TaskQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat service is installed; nobody is called when somebody writes there."""
    # It builds on this file.
    from tests.dossiers.chatting import ChatChannel

    monkeypatch.setitem(registry._channels, ChatChannel.code, ChatChannel())
    settings.MESSAGING_CHANNELS = [ChatChannel.code]


def filled_form(account: ChannelAccount, intent: str, values: dict[str, str]) -> ApprovedTemplate | None:
    """The approved form of the account for this message, filled with the values."""
    return (
        AssignedTemplates(registry.get(account.channel), account.name, [intent]).filled(intent, values).form
    )


class ScriptedChannel(Channel):
    """Answers as told and notes what it was given; once the script is empty it delivers."""

    code = "scripted"
    name = "Kênh theo kịch bản"
    capabilities = Capabilities(can_be_asked=True)
    timeout = timedelta(seconds=1)

    def __init__(self) -> None:
        self.answers: list[Outcome | Exception] = []
        self.findings: list[Finding] = []
        self.sent: list[OutgoingMessage] = []
        self.asked: list[UUID] = []
        self.on_send: Callable[[], Any] = lambda: None

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        self.on_send()
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else Outcome(OutcomeKind.DELIVERED)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check_template_values(self, parameters, values, cut):
        return fitting(parameters, values, cut=[one.name for one in parameters])

    def classify(self, answer: object) -> Outcome:
        return Outcome(OutcomeKind(str(answer)))

    def reconcile_unknown(self, account: Account, question: Question) -> Finding:
        self.asked.append(question.tracking_id)
        return self.findings.pop(0)

    def health(self, account: Account) -> Health:
        return Health(True)


@pytest.fixture
def scripted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> ScriptedChannel:
    """The channel that comes first, and it does what the test says.

    The mock channel stays on: the address map is read once, and looks whether it is."""
    channel = ScriptedChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    settings.MESSAGING_CHANNELS = [channel.code, "mock"]
    return channel


def due_callbacks(account: Account) -> list[mock.Callback]:
    """All that the mock provider has told about this account's messages by now, oldest message first."""
    return [
        sent
        for taken in Journal(account.province).received()
        for seconds, sent in mock.later_callbacks(account, taken)
        if taken.at + timedelta(seconds=seconds) <= clock.now()
    ]


@pytest.fixture
def provider_memory(settings: Any, tmp_path: Path) -> Path:
    """The mock provider starts with an empty journal."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def contact(province: ProvinceRecord) -> Contact:
    """Somebody who agreed to be written to over every channel of these tests, at any hour of the day."""
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
    )
    return agreed(NUMBER)


@pytest.fixture
def strict_texts(settings: Any) -> None:
    settings.MESSAGING_STRICT_TEXTS = True


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`text(body, …)` registers a message under the name it returns, for this test alone."""
    monkeypatch.setattr(templates, "_registry", {})

    def register(body, title="Tiêu đề", button="", placeholders=()):
        templates.register("thu", title, body, button, placeholders=placeholders)
        return "thu"

    return register


def agreed(number: str, name: str = "Nguyễn Thị Thử") -> Contact:
    person = contacts.contact_for(number, name)
    for channel in ("mock", "scripted"):
        contacts.grant(person, channel, evidence="đơn thử")
    return person


def write(contact: Contact, event: str = "1", *, subject: str = SUBJECT, **changes: Any) -> Message:
    """A message in the outbox, as an act on a dossier would write it."""
    values: dict[str, Any] = {
        "intent": "received",
        "rendered": templates.Rendered(
            "Đã tiếp nhận hồ sơ", "Kính gửi ông/bà.⟦ Gọi 0200 000 0000.⟧", "Theo dõi"
        ),
        "rows": [("Mã hồ sơ", "H15.08-261125-0001")],
        "button_url": "http://daklak.localhost/h/abc/",
        # One channel, unless the test is about several.
        "channels": settings.MESSAGING_CHANNELS[:1],
    }
    with transaction.atomic():
        message = enqueue.enqueue(subject=subject, event=event, contact=contact, **{**values, **changes})
    assert message is not None
    return message


def settle(channel: Channel, work: Work, result: Result) -> bool:
    """Record the result of one attempt; whether it was written down."""
    lane_id = Message.objects.values_list("lane_id", flat=True).get(pk=work.message_id)
    return bool(settle_all(channel, lane_id, [(work, result)]))


def make_due(*messages: Message) -> None:
    """Time passes until these may be tried again: longer than the rest after an answer that nobody can read."""
    short = Now() + circuit_breaker.FIRST_REST
    Lane.objects.filter(rests_until__gt=Now(), rests_until__lte=short).update(rests_until=Now())
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(next_attempt_at=Now())


def lane() -> Lane:
    return Lane.objects.get(channel="scripted")


def run(message: Message) -> Message:
    """Work on the message's lane for one turn; the message as it is then."""
    lane_loop.run_lane(message.lane_id)
    message.refresh_from_db()
    return message


def outcomes(message: Message) -> list[tuple[int, str, str]]:
    """Number, kind and outcome of each attempt."""
    return list(message.attempt_rows.values_list("number", "kind", "outcome"))


def let_leases_run_out() -> None:
    """Time passes until whatever a dead relay held is free."""
    Lane.objects.filter(lease_until__isnull=False).update(lease_until=Now())
    Message.objects.filter(state="sending").update(lease_until=Now(), next_attempt_at=Now())


@pytest.fixture
def granting(province: ProvinceRecord, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> Any:
    """As `scripted`, with a provider that grants what wears out."""
    from tests.messaging.granting import GrantingChannel

    channel = GrantingChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    return channel


@pytest.fixture
def all_day(province: ProvinceRecord, noon: datetime) -> None:
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
    )


@pytest.fixture
def author(province: ProvinceRecord, noon: datetime) -> User:
    return AssignmentFactory(agency=Office().desk, role=Role.COMMUNICATIONS).user


@pytest.fixture
def second(author: User) -> User:
    return AssignmentFactory(agency=author.assignments.get().agency, role=Role.COMMUNICATIONS).user
