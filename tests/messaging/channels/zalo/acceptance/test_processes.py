"""Real processes of ours at a Zalo in a process of its own: they renew once, and what dies loses nothing."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import F

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.models import ChannelAccount, Credential, CredentialEvent, Lane
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.outbox import provider_templates
from messaging.outbox.models.messages import Attempt, Message
from messaging.outbox.models.provider_templates import ProviderTemplate
from messaging.outbox.wording import Rendered
from messaging.provisioning import provider_sync
from tenants.web import http
from tests.messaging.channels.zalo.acceptance.stage import INTENT, LASTS, PLACES
from tests.messaging.conftest import let_leases_run_out, write
from tests.messaging.granting import let_renewal_lapse
from tests.simulators.zalo.client import Control
from tests.simulators.zalo.process import ZaloProcess

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

WORKERS, MESSAGES, PEOPLE = 8, 200, 10
DEADLINE_SECONDS = 120.0
Process = subprocess.Popen[bytes]


@pytest.fixture
def zalo() -> Iterator[ZaloProcess]:
    with ZaloProcess(delivery_seconds=0.0) as found:
        yield found


class Site:
    """The province's account and the people it writes to."""

    def __init__(self, control: Control) -> None:
        self.control = control
        staged = control.stage(oas=1, users=PEOPLE)
        self.app, (oa,) = staged["app"], staged["oas"]
        self.oa_id, self.people = oa["oa_id"], staged["users"]
        secrets = {"app_secret": self.app["secret"], "oa_secret": self.app["oa_secret"]}
        self.account: ChannelAccount = channel_accounts.save(
            "zalo", "chinh", config={"app_id": self.app["app_id"]}, secrets=secrets, external_id=self.oa_id
        )
        self.consent(oa)
        provider_sync.fetch_templates(self.account)
        provider_templates.assign(self.account, INTENT, ProviderTemplate.objects.get(), PLACES)

    def consent(self, pair: dict[str, Any] | None = None) -> None:
        """A person of the OA consents."""
        pair = pair or self.control.grant(self.app["app_id"], self.oa_id)
        tokens = {name: pair[name] for name in ("access_token", "refresh_token")}
        credentials.store(self.account, tokens, LASTS)

    def wear_out(self, *, known: bool) -> None:
        """The access token is over; `known`: by our own account as well."""
        self.control.expire_access(self.app["app_id"], self.oa_id)
        span = LASTS if known else LASTS / 25
        Credential.objects.update(granted_at=F("granted_at") - span, expires_at=F("expires_at") - span)

    def write_many(self, count: int) -> None:
        written_to = []
        for number, user in enumerate(self.people):
            contact = contacts.contact_for(f"0{user['phone'].removeprefix('84')}", f"Người {number}")
            contacts.grant(contact, "zalo", evidence="đơn thử")
            contacts.grant(contact, "mock", evidence="đơn thử")
            written_to.append(contact)
        with transaction.atomic():
            for number in range(count):
                code = f"H99.01-261125-{number:04d}"
                values = {"ho_ten": "Nguyễn Thị Thử", "ma_ho_so": code, "trang_thai": "Đang xử lý"}
                words = Rendered(f"Hồ sơ {code}", "Đang xử lý.", "Xem", values)
                write(
                    written_to[number % PEOPLE],
                    subject=f"dossier:{code}",
                    intent=INTENT,
                    rendered=words,
                    channels=["zalo"],
                )

    def shown(self) -> list[str]:
        """What all telephones show together."""
        return [one.text for user in self.people for one in self.control.phone(user["user_id"])]


@pytest.fixture
def site(committed_province: Any, zalo: ZaloProcess, settings: Any) -> Iterator[Site]:
    settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", zalo.port)})
    settings.MESSAGING_CHANNELS = ["zalo", "mock"]
    for name in ("oauth", "openapi", "business"):
        setattr(settings, f"ZALO_{name.upper()}_URL", getattr(zalo.urls, name))
    yield Site(zalo.control)
    http.forget()


@pytest.fixture
def relay(committed_province: Any, zalo: ZaloProcess) -> Iterator[Callable[[str], Process]]:
    """`relay("run")` starts `manage.py relay run` for the province, without Valkey; ended with the test."""
    started: list[Process] = []
    environ = {
        **committed_province.environ,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "MESSAGING_CHANNELS": "zalo,mock",
        "OUTBOUND_ALLOW": zalo.address,
        **{f"ZALO_{name.upper()}_URL": getattr(zalo.urls, name) for name in ("oauth", "openapi", "business")},
    }

    def start(action: str) -> Process:
        command = [sys.executable, "manage.py", "relay", action, "--province", committed_province.slug]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended_well(process: Process) -> bool:
    _out, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0, said.decode()[-2000:]
    return True


def wait_for(condition: Callable[[], Any]) -> None:
    """Look often until the condition holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "deadline"
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("workers", "count", "known"),
    [pytest.param(WORKERS, MESSAGES, True, marks=pytest.mark.deep), (2, 2, False)],
    ids=["many", "two"],
)
def test_so_many_workers_renew_once_and_send_everything(
    site: Site, relay: Any, workers: int, count: int, known: bool
) -> None:
    site.write_many(count)
    site.wear_out(known=known)
    started = [relay("drain") for _ in range(workers)]
    assert all(ended_well(worker) for worker in started)
    counts = site.control.counters()
    assert (counts.get("refresh.ok"), counts.get("refresh.spent", 0)) == (1, 0)
    assert counts["accepted.template_phone"] == count
    wait_for(lambda: site.control.count("shown") == count)
    assert (len(site.shown()), len(set(site.shown()))) == (count, count)
    assert set(Message.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert Credential.objects.get().generation == 2
    if known:
        assert "token.dead" not in counts


@pytest.mark.deep  # `make test` kills at the same instant in `test_grant_races`
def test_killed_between_zalos_answer_and_our_commit_nothing_is_lost(site: Site, relay: Any) -> None:
    site.write_many(20)
    site.wear_out(known=True)
    # The pair is made, and whoever asked for it dies before it is written down.
    site.control.fault("hang_after", host="oauth", nth=1)
    victim = relay("run")
    wait_for(lambda: site.control.count("refresh.ok") == 1)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    let_renewal_lapse()
    let_leases_run_out()
    contact = Message.objects.order_by("pk")[0].contact
    elsewhere = write(contact, subject="dossier:khac", channels=["mock"])

    assert ended_well(relay("drain"))
    # What may be used up was shown once more: it was. The lane waits, and another channel goes on.
    assert (site.control.count("refresh.ok"), site.control.count("refresh.spent")) == (1, 1)
    assert Credential.objects.get().state == Credential.State.REAUTH_REQUIRED
    assert list(CredentialEvent.objects.values_list("kind", flat=True)) == [
        "consented",
        "asked",
        "asked",
        "lost",
    ]
    elsewhere.refresh_from_db()
    assert elsewhere.state == State.DELIVERED
    waiting = Message.objects.filter(lane__channel="zalo")
    assert set(waiting.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    assert not Attempt.objects.filter(message__in=waiting).exists()
    assert "“Cấp quyền”" in Lane.objects.get(channel="zalo").trouble

    site.consent()
    assert ended_well(relay("drain"))
    assert set(waiting.values_list("state", flat=True)) == {State.ACCEPTED}
    wait_for(lambda: site.control.count("shown") == 20)
    assert len(set(site.shown())) == 20
