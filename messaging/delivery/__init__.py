"""Claiming messages from the outbox, sending them by a channel, recording the results."""
