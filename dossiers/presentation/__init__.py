"""A dossier in words for citizens."""
