"""Webhooks: accept, check, store, dispatch."""
