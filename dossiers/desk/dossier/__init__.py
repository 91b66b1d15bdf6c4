"""Staff pages of one dossier: actions, files, printed forms, tabs."""
