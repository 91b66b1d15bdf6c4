"""Procedures and their versions: national data, a province's selection, search, pages, API, blank forms, life events."""
