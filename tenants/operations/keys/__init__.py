"""Keys: made anew, and data encrypted again."""
