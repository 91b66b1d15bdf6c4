"""Dossiers of the one-stop shop: rules, services, lookup, citizens' pages, the desk, printed forms."""
