"""The sections of the province's folder for the catalogue and for life events."""
