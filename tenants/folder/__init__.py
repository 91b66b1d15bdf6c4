"""The province's folder as a contract: sections, tables, checks, problems, and the readers of its files."""
