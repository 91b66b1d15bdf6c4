"""The pretended providers that the rows are played over, by the channel whose provider they are.

A row speaks of provinces, faults and lines of a journal; how a channel's account is set up, how its provider
misbehaves and what it wrote down is said here, once for each channel.
"""

from tests.faults.providers.base import Provider
from tests.faults.providers.sms import SmsProvider
from tests.faults.providers.zalo import ZaloProvider

PROVIDERS: dict[str, type[Provider]] = {one.channel: one for one in (SmsProvider, ZaloProvider)}

__all__ = ["PROVIDERS", "Provider", "SmsProvider", "ZaloProvider"]
