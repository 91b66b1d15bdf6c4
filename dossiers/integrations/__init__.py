"""What other rooms ask of dossiers: export, restore, operators, smoke test."""
