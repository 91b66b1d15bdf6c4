"""The sections of the province's folder for agencies and staff."""
