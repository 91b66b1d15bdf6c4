"""Commands `dossiers`, `deadline`, `calendar_change`, `files`, `filing_form_schema` and `workflow_pictures` of `manage.py`."""
