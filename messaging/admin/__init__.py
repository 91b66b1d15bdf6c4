"""Staff admin of this room's tables."""

from messaging.admin import (
    accounts,
    audit_subjects,
    contacts,
    lanes,
    messages,
    provider_templates,
    texts,
    unanswered,
)
