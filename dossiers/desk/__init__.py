"""Staff pages: `counter`, `dossier`, `filing`, `worklist`, `phone_calls`."""
