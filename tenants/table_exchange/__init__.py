"""Import and export of tables in the admin."""
