"""The section of the province's folder that belongs to the catalogue."""
