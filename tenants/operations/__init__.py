"""Operators' work on provinces: onboarding, readiness, go-live, backup, export, keys, board. Stands above all apps but `portal`."""
