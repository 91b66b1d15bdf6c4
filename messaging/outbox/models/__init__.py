"""Tables of messages, their texts, calls and one-time codes."""
