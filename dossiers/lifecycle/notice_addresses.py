"""Addresses other than a telephone number that a desk asks for, because an installed channel writes there."""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.channels.base import Channel

PREFIX = "address_"
MAX_ADDRESS = 254


def asked_for() -> dict[str, Channel]:
    """Each kind of address that people can say and a clerk can type, with the first channel that wants it.

    A channel whose readers have an id that nobody knows by heart says so with `typed_at_desk = False`.
    """
    kinds: dict[str, Channel] = {}
    for channel in map(registry.get, settings.MESSAGING_CHANNELS):
        if channel.address_kind != "phone" and channel.typed_at_desk:
            kinds.setdefault(channel.address_kind, channel)
    return kinds


def checked(
    channels: Collection[str], typed: Mapping[str, str], known: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, str]]:
    """The addresses that go with the `channels` agreed to, as their channels write them; and what is wrong,
    by field. `known`: kinds that need not be typed. What belongs to no channel agreed to is left out."""
    good: dict[str, str] = {}
    problems: dict[str, str] = {}
    for kind in dict.fromkeys(_kind_of(code) for code in channels):
        channel = asked_for().get(kind)
        if channel is None:
            continue
        text = typed.get(kind, "").strip()
        if not text and kind in known:
            continue
        if not text:
            problems[PREFIX + kind] = _("Muốn nhận tin qua %(channel)s thì phải có địa chỉ.") % {
                "channel": channel.name
            }
        elif len(text) > MAX_ADDRESS:
            problems[PREFIX + kind] = _("Nội dung quá dài, tối đa %(limit)d ký tự.") % {"limit": MAX_ADDRESS}
        else:
            try:
                good[kind] = channel.normalise(text)
            except ValueError as error:
                problems[PREFIX + kind] = str(error)
    return good, problems


def _kind_of(code: str) -> str:
    try:
        return registry.get(code).address_kind
    except registry.UnknownChannel:
        return ""
