"""The SMS gateway: `tests.simulators.sms`. It can be asked about everything, and posts no receipts here."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tests.faults.providers.base import Provider
from tests.simulators.sms.faults import EVERYBODY
from tests.simulators.sms.journal import Line
from tests.simulators.sms.process import FakeProvider, account_settings

if TYPE_CHECKING:
    from messaging.outbox.wording import Rendered

ACCOUNT = "chinh"


class SmsProvider(Provider):
    channel: ClassVar[str] = "sms"

    def __init__(self, journal: Path, *, port: int, web_port: int, seed: int | None = None) -> None:
        self._process = FakeProvider(journal, port=port, seed=seed)

    def connect(self, slug: str) -> None:
        from messaging.channels.accounts import channel_accounts

        channel_accounts.save(self.channel, ACCOUNT, config=account_settings(self._process.url, slug))

    def words(self, number: int) -> "Rendered":
        from messaging.outbox.wording import Rendered

        return Rendered("Tin minh họa", f"Đây là tin minh họa số {number}.")

    def control(self, account: str = EVERYBODY, **faults: Any) -> None:
        self._process.control(account, **faults)

    def lines(self) -> list[Line]:
        return self._process.lines()

    def stop(self) -> None:
        self._process.stop()
