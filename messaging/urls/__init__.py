"""Addresses of the province's host, the national host and the demo."""
