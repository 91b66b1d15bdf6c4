"""Running dossiers of an old system: read, checked, taken over, followed."""
