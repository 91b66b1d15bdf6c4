"""Citizens' pages: where a dossier stands, its holder's pages, desks and posters."""
