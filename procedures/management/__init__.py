"""Command `catalogue` of `manage.py`."""
