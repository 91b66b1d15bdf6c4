"""What other systems ask of dossiers by keys: read, receive, move, and follow the log of events."""
