"""What people call that which channels and their providers write in codes, and numbers: ways, kinds, amounts, spans."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from messaging.channels.base import registry

if TYPE_CHECKING:
    from collections.abc import Iterable


def name(channel: str, code: str) -> str:
    """What the channel calls this code; the code itself where it has no word for it, or is not installed."""
    return str(registry.get(channel).words.get(code, code)) if channel in registry.codes() else code


def names(channel: str, codes: "Iterable[str]") -> str:
    """The same of several, one after the other."""
    return ", ".join(name(channel, code) for code in codes)


def span(length: timedelta | None) -> str:
    """“2 giờ 5 phút”: the two largest parts, none for nothing."""
    if length is None:
        return "–"
    seconds = int(length.total_seconds())
    parts = [
        (seconds // 86400, _("%(n)d ngày")),
        (seconds // 3600 % 24, _("%(n)d giờ")),
        (seconds // 60 % 60, _("%(n)d phút")),
        (seconds % 60, _("%(n)d giây")),
    ]
    said = [text % {"n": n} for n, text in parts if n][:2]
    return " ".join(said) or _("%(n)d giây") % {"n": 0}
