"""Audiences of a broadcast: finding recipients, routing, deduplication."""
