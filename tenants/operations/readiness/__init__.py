"""Checks before go-live, and their report."""
