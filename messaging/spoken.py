"""What people call that which channels and their providers write in codes: ways, kinds, qualities."""

from typing import TYPE_CHECKING

from messaging.channels import registry
from messaging.channels.abilities import SaysInWords

if TYPE_CHECKING:
    from collections.abc import Iterable


def name(channel: str, code: str) -> str:
    """What the channel calls this code; the code itself where it has no word for it, or is not installed."""
    known = registry.get(channel) if channel in registry.codes() else None
    return str(known.words.get(code, code)) if isinstance(known, SaysInWords) else code


def names(channel: str, codes: "Iterable[str]") -> str:
    """The same of several, one after the other."""
    return ", ".join(name(channel, code) for code in codes)


def money(amount: int) -> str:
    """“1.250”, as amounts of đồng are written."""
    return f"{amount:,}".replace(",", ".")
