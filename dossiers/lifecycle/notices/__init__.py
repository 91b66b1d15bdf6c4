"""Texts and values of the messages about a dossier's steps."""
