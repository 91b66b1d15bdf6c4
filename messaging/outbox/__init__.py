"""Messages: texts, sending rules, provider templates, enqueueing, recall, fallback, calls, one-time codes."""
