"""Updating the catalogue: national, local selection, plain language, tables."""
