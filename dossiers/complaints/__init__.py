"""Complaints: pages and decisions."""
