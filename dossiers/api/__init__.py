"""Machine interfaces of dossiers and statistics."""
