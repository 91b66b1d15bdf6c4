"""The desk's pages of this room."""

from messaging.admin import accounts, calls, inbound, lanes, messages, people, rules, wording  # noqa: F401 – they register themselves
