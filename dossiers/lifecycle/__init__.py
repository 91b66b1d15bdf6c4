"""The dossier: tables, events, projection, permissions, acts, files, notices, and the frame of desk pages."""
