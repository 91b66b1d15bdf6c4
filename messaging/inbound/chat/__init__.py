"""Texts from citizens and the answers to them."""
