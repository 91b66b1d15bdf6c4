"""Readers of catalogues in the formats in use."""
