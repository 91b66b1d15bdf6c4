"""Finding a procedure from words people type."""
