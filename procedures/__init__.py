"""The catalogue of procedures: national data, a province's selection, search, pages."""
