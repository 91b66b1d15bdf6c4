"""Tables of messaging.outbox in Django admin."""

from messaging.outbox.admin import messages, texts
