"""The workers: claiming messages, sending them by a channel, recording results, the relay, monitoring."""
