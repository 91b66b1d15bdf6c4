"""The workflows that every province gets at its start."""
