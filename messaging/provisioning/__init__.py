"""Connecting channels: folder of the province, OAuth, readiness, system checks."""
