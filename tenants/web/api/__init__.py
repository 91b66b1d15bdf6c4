"""Shared parts of the apps' machine interfaces; their frame is `portal.api`."""
