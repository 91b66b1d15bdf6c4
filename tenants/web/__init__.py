"""Absolute addresses, QR codes, proofs of domains, rate limits of pages, and calls to other hosts."""
