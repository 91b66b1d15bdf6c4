"""Text messages through a gateway over HTTP, whichever it is: a *profile* in the account's settings says how
it is spoken to. See docs/van-hanh/kenh-sms.md."""

from messaging.channels.sms.channel import SmsChannel

__all__ = ["SmsChannel"]
