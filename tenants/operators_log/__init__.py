"""The append-only log of operators' actions, and approval by two persons."""
