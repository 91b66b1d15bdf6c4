"""What a dossier is between two actions: events, projection, due dates, permissions, visibility."""
