"""Text messages through any gateway over HTTP, described by a *profile* in the account's settings.

See docs/van-hanh/kenh-sms.md.
"""

from messaging.channels.sms.channel import SmsChannel
