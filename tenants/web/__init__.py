"""Absolute addresses, QR codes, proofs of domains, and rate limits of pages."""
