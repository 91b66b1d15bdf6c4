"""Readers of the files in a province's folder."""
