"""Commands `dossiers`, `deadline`, `calendar_change`, `files` and `workflow_pictures` of `manage.py`."""
