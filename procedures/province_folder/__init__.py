"""Section of the province's folder."""
