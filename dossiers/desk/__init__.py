"""Staff's pages of dossiers: counter, worklist, a dossier's page, telephone calls, reports."""
