"""What the catalogue holds: the state's procedures, a province's selection, its updates."""
