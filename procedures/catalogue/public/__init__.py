"""Citizens' pages of procedures."""
