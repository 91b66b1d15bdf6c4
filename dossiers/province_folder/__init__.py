"""Sections of the province's folder that belong to dossiers."""
