"""Erasing a person; after a restore, erasing again."""
