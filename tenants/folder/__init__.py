"""The province's folder: reading, validating, writing."""
