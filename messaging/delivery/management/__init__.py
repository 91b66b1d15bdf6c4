"""Commands `channel`, `contacts` and `relay` of `manage.py`."""
