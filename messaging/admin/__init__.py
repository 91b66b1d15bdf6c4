"""Staff admin of this room's tables."""

from messaging.admin import accounts, contacts, lanes, messages, provider_templates, texts, unanswered
