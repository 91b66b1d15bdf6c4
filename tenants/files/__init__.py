"""Files that people send: what they are by their content, whether they hold a virus, where their bytes lie."""
