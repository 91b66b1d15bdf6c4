"""The citizen's pages of procedures."""
