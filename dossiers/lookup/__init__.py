"""Finding a dossier by code and key, link or chat; limits on guessing."""
