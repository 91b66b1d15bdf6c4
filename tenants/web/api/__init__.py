"""Shared parts of the rooms' machine interfaces; their frame is `portal.api`."""
