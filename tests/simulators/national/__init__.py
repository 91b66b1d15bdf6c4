"""A pretended national portal that speaks both dialects, with the faults of such portals and a journal."""
