"""Systems that talk to each other: what happens to dossiers, told in order to whoever follows."""
