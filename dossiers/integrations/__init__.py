"""Hooks for other rooms: export, restore, operators, smoke test, readiness."""
