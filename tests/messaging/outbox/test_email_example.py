"""The e-mail package of `examples/` works beside a portal that does not know it: nothing but the environment
names it. Everything runs in processes of its own. People and addresses are invented."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from smtp_sink import SmtpSink

from messaging.outbox.models.messages import Message

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

PACKAGE = Path(settings.BASE_DIR) / "examples" / "mot-cua-email"
ADDRESS = "nguoi-thu@thu.example"
# What an act on a dossier does, in a process that has the package.
WRITE = """
import json, sys
import django
django.setup()
from django.db import transaction
from messaging.channels.accounts import channel_accounts
from messaging.outbox import enqueue
from messaging.contacts import contacts
from messaging.outbox import wording
from tenants.isolation.context import province_context
slug, address = sys.argv[1:]
with province_context(slug):
    channel_accounts.save("email", "chinh", config={"from": "mot-cua@tinh.example"})
    person = contacts.contact_for("0905000217", "Nguyễn Thị Thử")
    contacts.set_address(person, "email", address)
    contacts.grant(person, "email", evidence="đơn thử")
    with transaction.atomic():
        message = enqueue.enqueue(
            subject="dossier:H15.08-261125-0001", event="1", intent="received", contact=person,
            rendered=wording.Rendered("Đã tiếp nhận hồ sơ", "Kính gửi ông/bà.", "Theo dõi"),
            button_url="https://tinh.example/h/x/", channels=["email"],
        )
    print(json.dumps({"pk": message.pk, "tracking_id": str(message.tracking_id)}))
"""


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as one:
        yield one


@pytest.fixture
def run(committed_province: Any, sink: SmtpSink) -> Any:
    """`run("manage.py", …)`: a Python process as an installation with this package would start it."""
    environ = {
        **committed_province.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "EXTRA_APPS": "mot_cua_email",
        "MESSAGING_CHANNELS": "email",
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    def start(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=environ, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return done.stdout.decode()

    return start


def sent(run: Any, slug: str, address: str) -> Message:
    """The message after it went through the outbox and one round of the relay."""
    written = json.loads(run("-c", WRITE, slug, address))
    run("manage.py", "relay", "drain", "--province", slug)
    return Message.objects.get(pk=written["pk"])


def test_a_message_goes_through_outbox_and_relay_to_the_mail_server(run, sink, committed_province):
    message = sent(run, committed_province.slug, ADDRESS)
    (letter,) = sink.letters
    assert (letter["To"], letter["Message-ID"]) == (ADDRESS, f"<{message.tracking_id}@tinh.example>")
    assert message.state == "accepted"
