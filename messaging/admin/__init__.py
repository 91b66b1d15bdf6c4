"""Staff admin of this room's tables."""

from messaging.admin import accounts, contacts, lanes, messages, provider_templates, texts, unanswered

__all__ = ["accounts", "contacts", "lanes", "messages", "provider_templates", "texts", "unanswered"]
