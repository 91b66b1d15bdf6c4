"""The resident process that looks for due work in all provinces, and house-keeping."""
