"""Staff admin of this room's tables."""

from messaging.admin import (
    accounts,
    contacts,
    followers,
    lanes,
    messages,
    phone_calls,
    provider_templates,
    sending_rules,
    texts,
    unanswered,
    webhook_events,
)

__all__ = [
    "accounts", "contacts", "followers", "lanes", "messages", "phone_calls", "provider_templates", "sending_rules",
    "texts", "unanswered", "webhook_events",
]  # fmt: skip
