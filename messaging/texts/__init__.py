"""What the portal says for each event, and what a province changed of it."""
