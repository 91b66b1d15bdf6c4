"""Files that people send: what they are by their content, and whether they hold a virus."""
