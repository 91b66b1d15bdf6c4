"""What other systems ask of dossiers by keys: read, receive, move, add files, and follow the log of events."""
