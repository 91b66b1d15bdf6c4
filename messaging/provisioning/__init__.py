"""Connecting a province's accounts: wizard, readiness, lists from providers, its section of the folder."""
