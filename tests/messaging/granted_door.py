"""A channel that a person's consent connects, and a memory for what is granted. Ids and tokens are invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from messaging.channels.base import Account, Capabilities, Granted, Health, Renewal
from messaging.channels.capabilities import Invitation, SetupField
from messaging.channels.models import ChannelAccount, Credential
from tenants.accounts.models import User
from tests.messaging.common_door import CommonDoorChannel

ACCESS, REFRESH = "access-token-thu", "refresh-token-thu"


class GrantedChannel(CommonDoorChannel):
    """Answers a code as told, and notes what it was shown."""

    capabilities = Capabilities(needs_grant=True)
    setup = (
        SetupField("app_id", "Mã ứng dụng"),
        SetupField("hook", "Khóa webhook", secret=True),
        SetupField("extra", "Khóa thêm", secret=True, required=False),
    )

    def __init__(self) -> None:
        self.answer: Renewal | Exception = Granted({"access_token": ACCESS}, timedelta(hours=25))
        self.shown: list[tuple[str, str, str]] = []
        self.well: Health | Exception = Health(True, "UBND thử.")
        self.verifiers = iter(f"verifier-{n}" for n in range(100))

    def invitation(self, account: Account, redirect_uri: str) -> Invitation:
        if "cam" in account.config:
            raise ValueError("Cấu hình không hỏi được.")
        asked = {"app_id": account.config["app_id"], "redirect_uri": redirect_uri, "state": ""}
        return Invitation(f"https://kenh.example/dong-y?{urlencode(asked)}", next(self.verifiers))

    def exchange_code(self, account: Account, code: str, verifier: str = "") -> Renewal:
        self.shown.append((account.name, code, verifier))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def check_account(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
        return [] if config.get("app_id") != "sai" else ["Mã ứng dụng sai."]

    def health(self, account: Account) -> Health:
        if isinstance(self.well, Exception):
            raise self.well
        return self.well


@dataclass
class GrantsInMemory:
    """Keeps what was granted, as the real one does in tables."""

    kept: list[tuple[str, dict[str, str], timedelta, str]] = field(default_factory=list)
    now: Credential | None = None

    def store(self, row: ChannelAccount, credentials: Any, lasts: timedelta, actor: User) -> None:
        self.kept.append((row.name, dict(credentials), lasts, actor.get_username()))

    def standing(self, channel: str, name: str) -> Credential | None:
        return self.now
