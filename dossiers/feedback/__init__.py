"""Questions and opinions from the public, decisions on complaints, and their publication."""
