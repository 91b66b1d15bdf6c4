"""The state of a dossier between two actions: events, projection, due dates, permissions, visibility."""
