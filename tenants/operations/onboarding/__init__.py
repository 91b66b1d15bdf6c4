"""Plan, dry run and apply of a province's folder."""
