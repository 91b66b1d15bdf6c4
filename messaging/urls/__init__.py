"""Addresses of the province's host, of the national host and of the demonstration."""
