"""The resident process that finds due work in all provinces, and housekeeping."""
