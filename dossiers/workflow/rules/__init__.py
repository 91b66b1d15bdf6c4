"""A province's workflow: its model, validation, clock and vocabulary."""
