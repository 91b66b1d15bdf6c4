"""Address maps of a province's host and of the national host."""
