"""Writing, recalling and cancelling messages; send windows and fallback to the next channel."""
