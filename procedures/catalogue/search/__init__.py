"""Finding a procedure from the words that people type."""
