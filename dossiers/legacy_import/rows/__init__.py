"""Reading and checking the rows of an older system: tables, mapping, vocabularies, errors."""
