"""Absolute addresses, QR codes, proofs of domains."""
