"""Error codes of Zalo, and the outcome that each one means for a message."""
