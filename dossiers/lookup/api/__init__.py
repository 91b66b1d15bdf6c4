"""The API of look-up."""
