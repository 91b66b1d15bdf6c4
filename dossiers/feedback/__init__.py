"""Questions and opinions from the public, and their answers."""
