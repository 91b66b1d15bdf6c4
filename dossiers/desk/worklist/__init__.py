"""Staff lists of dossiers: today, filters, quick search, bulk actions."""
