"""A channel whose provider grants credentials that wear out: each access ends the one before, each renewal uses
up what it renews."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.base import (
    Account,
    Capabilities,
    Granted,
    GrantLost,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Reason,
    Renewal,
)
from messaging.channels.models import ChannelAccount, Credential
from tests.messaging.conftest import ScriptedChannel

LASTS = timedelta(hours=25)
STALE = Outcome(OutcomeKind.TEMPORARY, "-216", "Khóa hết hạn.", reason=Reason.STALE)


class GrantingChannel(ScriptedChannel):
    """Delivers to who shows the access that is good now. `renewals`: answers that come before the right one."""

    capabilities = Capabilities(can_be_asked=True, needs_grant=True)

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.refused = 0
        self.renewals: list[Renewal | Exception] = []
        self.shown: list[str] = []
        self.on_renewal: Callable[[], Any] = lambda: None

    def pair(self) -> dict[str, str]:
        return {"access": f"access-{self.number}", "refresh": f"refresh-{self.number}"}

    def send(self, account: Account, message: OutgoingMessage) -> Outcome:
        self.on_send()
        if account.credentials.get("access") != self.pair()["access"]:
            self.refused += 1
            return STALE
        return super().send(account, message)

    def refresh_credentials(self, account: Account) -> Renewal:
        self.on_renewal()
        self.shown.append(account.credentials["refresh"])
        if self.renewals:
            answer = self.renewals.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self.rotate(account.credentials["refresh"])

    def rotate(self, refresh: str) -> Renewal:
        if refresh != self.pair()["refresh"]:
            return GrantLost("-14014", "Kênh không nhận mã gia hạn.")
        self.number += 1
        return Granted(self.pair(), LASTS)


def granted(channel: GrantingChannel, name: str = "chinh") -> ChannelAccount:
    """An account that a person has just consented to."""
    account = channel_accounts.save(channel.code, name, config={}, secrets={"app": "bi-mat-ung-dung"})
    credentials.store(account, channel.pair(), LASTS)
    return account


def grant() -> Credential:
    return Credential.objects.get()


def grow_old(**columns: Any) -> None:
    """Time passes until what was granted is over, or until what the test says."""
    Credential.objects.update(
        **(columns or {"granted_at": Now() - LASTS, "expires_at": Now() - timedelta(seconds=1)})
    )


def let_renewal_lapse() -> None:
    """Time passes until whoever was renewing has had his chance."""
    Credential.objects.filter(lease_until__isnull=False).update(lease_until=Now())
