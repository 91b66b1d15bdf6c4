"""Codes of dossiers and feedback, identity numbers, and codes found in typed text."""
