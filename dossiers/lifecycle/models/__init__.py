"""Tables of dossiers, their events, and access to them."""
