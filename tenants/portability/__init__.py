"""Full export and import of a province."""
