"""Running dossiers of an older system: mapping, checks, bulk insert, incremental updates."""
