"""Citizens' pages of online filing."""
