"""A province's accounts at providers, their credentials and their refresh."""
