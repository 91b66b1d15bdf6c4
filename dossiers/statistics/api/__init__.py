"""The API of figures."""
