"""The channels of this installation. A channel registers itself in its AppConfig.ready()."""

from messaging.channels.base import Channel

_channels: dict[str, Channel] = {}


class UnknownChannel(LookupError):
    """No channel of this code is installed."""


def register(channel: Channel) -> None:
    """Make a channel known under its code; the last one registered counts."""
    _channels[channel.code] = channel


def get(code: str) -> Channel:
    """The channel of this code; raises UnknownChannel."""
    try:
        return _channels[code]
    except KeyError:
        raise UnknownChannel(code) from None


def codes() -> list[str]:
    """Codes of all installed channels."""
    return sorted(_channels)
