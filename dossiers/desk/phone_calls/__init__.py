"""Staff pages of calls to people no message reached."""
