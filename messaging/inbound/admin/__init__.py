"""Tables of messaging.inbound in Django admin."""

from messaging.inbound.admin import contacts, unanswered
