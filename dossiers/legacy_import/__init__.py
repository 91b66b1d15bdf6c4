"""Import of running dossiers from an older system: mapping, checks, bulk insert, incremental updates."""
