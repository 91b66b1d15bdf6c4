"""Lookup of a dossier by code and key, link or chat, and the limits on guessing."""
