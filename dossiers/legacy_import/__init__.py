"""Dossiers of older systems."""
