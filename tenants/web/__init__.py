"""Absolute addresses, QR codes, proofs of domains, budgets of what strangers may cause, and calls to other hosts."""
