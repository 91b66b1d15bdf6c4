"""Machine interfaces of the catalogue."""
