"""Absolute addresses, QR codes, posters, proofs of domains."""
