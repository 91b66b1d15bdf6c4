"""Doors to broadcasts: the desk's pages, and the audience of those whose dossiers are open."""
