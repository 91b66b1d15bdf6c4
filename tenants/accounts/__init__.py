"""The user model and sessions."""
