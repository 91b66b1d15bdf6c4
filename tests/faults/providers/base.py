"""What a row needs of a provider, whichever channel it belongs to."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tests.simulators.sms.faults import EVERYBODY
from tests.simulators.sms.journal import Line

if TYPE_CHECKING:
    from messaging.outbox.wording import Rendered


class Provider:
    """A provider process. Accounts are called by the province they belong to, also in `lines`.

    `tells`: the provider can be asked by our own id whether it has a message, so that none stays in doubt.
    Where it cannot, what may have been sent is not sent again: a receipt tells, or a clerk calls.
    `calls_back`: it posts receipts, which a web server of the portal takes.
    """

    channel: ClassVar[str]
    intent: ClassVar[str] = "thu"
    tells: ClassVar[bool] = True
    calls_back: ClassVar[bool] = False

    @classmethod
    def environment(cls, port: int) -> Mapping[str, str]:
        """What the portal's processes are told of a provider that listens on this port."""
        return {"MESSAGING_CHANNELS": cls.channel, "OUTBOUND_ALLOW": f"127.0.0.1:{port}"}

    def __init__(self, journal: Path, *, port: int, web_port: int, seed: int | None = None) -> None:
        raise NotImplementedError

    def connect(self, slug: str) -> None:
        """Give the present province an account here. Called once for each, as an operator would."""
        raise NotImplementedError

    def know(self, phones: Iterable[str]) -> None:
        """From now on these numbers can be reached."""

    def words(self, number: int) -> "Rendered":
        """The words of a message, and the values behind them."""
        raise NotImplementedError

    def control(self, account: str = EVERYBODY, **faults: Any) -> None:
        """From now on these faults (of `tests.simulators.sms.faults`) and no others, for one province or for all."""
        raise NotImplementedError

    def lines(self) -> list[Line]:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
