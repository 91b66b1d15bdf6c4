"""Real processes that renew the same grant, and die while they do. Numbers are invented."""

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.base import registry
from messaging.channels.models import Credential, CredentialEvent, Lane
from messaging.channels.states import State
from messaging.outbox.models.messages import Attempt, Message
from tests.messaging.channels.grantor.channel import GrantorChannel
from tests.messaging.channels.grantor.provider import Provider, serving
from tests.messaging.conftest import agreed, let_leases_run_out, write
from tests.messaging.granting import LASTS, grow_old, let_renewal_lapse
from tests.messaging.relays import DEADLINE_SECONDS, Process, drained, relays, wait_for, write_many

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

WORKERS = 3
MESSAGES = 40


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as found:
        yield found


@pytest.fixture
def account(committed_province, provider, settings, monkeypatch):
    """An account whose grant is over."""
    channel = GrantorChannel()
    monkeypatch.setitem(registry._channels, channel.code, channel)
    settings.MESSAGING_CHANNELS = [channel.code, "mock"]
    row = channel_accounts.save(channel.code, "chinh", config={"port": provider.port})
    credentials.store(row, provider.pair(), LASTS)
    grow_old()
    return row


@pytest.fixture
def relay(committed_province: Any) -> Iterator[Callable[[str], Process]]:
    apps = "tests.messaging.channels.grantor"
    with relays(committed_province, MESSAGING_CHANNELS="scripted,mock", EXTRA_APPS=apps) as start:
        yield start


def write_elsewhere() -> Message:
    return write(agreed("0905111111"), subject="dossier:khac", channels=["mock"])


def states() -> set[str]:
    return set(Message.objects.values_list("state", flat=True))


def test_many_workers_renew_once_and_send_everything(account, provider, relay):
    write_many(MESSAGES, channels=["scripted"])
    workers = [relay("drain") for _ in range(WORKERS)]
    assert [drained(worker) for worker in workers] == [True] * WORKERS
    assert (provider.renewed, provider.spent_shown, provider.refused) == (1, 0, 0)
    assert (sorted(set(provider.taken)), len(provider.taken)) == (sorted(provider.taken), MESSAGES)
    assert (states(), set(Message.objects.values_list("attempts", flat=True))) == ({State.DELIVERED}, {1})
    assert Credential.objects.get().generation == 2


def test_an_account_that_sends_nothing_is_renewed_by_the_relay(account, provider, relay):
    process = relay("run")
    wait_for(lambda: Credential.objects.get().generation == 2, process)
    process.send_signal(signal.SIGTERM)
    assert drained(process)
    assert (provider.renewed, provider.spent_shown) == (1, 0)


def test_killed_between_the_answer_and_our_commit_nothing_is_lost(account, provider, relay):
    write_many(20, channels=["scripted"])
    made, over = threading.Event(), threading.Event()

    def answer_nobody() -> bool:
        made.set()
        over.wait(DEADLINE_SECONDS)
        return True

    provider.before_answering = answer_nobody
    victim = relay("run")
    wait_for(made.is_set, victim)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    over.set()
    provider.before_answering = lambda: False
    other = write_elsewhere()
    let_renewal_lapse()
    let_leases_run_out()

    assert drained(relay("drain"))
    # What may be used up was shown once more: it was.
    assert (provider.renewed, provider.spent_shown) == (1, 1)
    assert Credential.objects.get().state == Credential.State.REAUTH_REQUIRED
    assert list(CredentialEvent.objects.values_list("kind", flat=True)) == [
        "consented",
        "asked",
        "asked",
        "lost",
    ]
    other.refresh_from_db()
    waiting = Message.objects.filter(lane__channel="scripted")
    assert other.state == State.DELIVERED
    assert set(waiting.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    assert not Attempt.objects.filter(message__in=waiting).exists()
    assert "“Cấp quyền”" in Lane.objects.get(channel="scripted").trouble

    credentials.store(account, provider.consent(), LASTS)
    assert drained(relay("drain"))
    assert (states(), len(provider.taken), provider.refused) == ({State.DELIVERED}, 20, 0)
