"""Writing, recalling and cancelling messages; when and by which channel they may go."""
