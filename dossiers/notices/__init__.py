"""What is told to whom when a dossier moves."""
