"""Agencies, assignments, roles, rights, delegation."""
