"""Message texts for each event, and the overrides of a province."""
