"""Messages to citizens and from them: outbox, delivery, channels, webhooks, broadcasts."""
