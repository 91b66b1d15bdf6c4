"""Sections of the folder that belong to the organisation."""
