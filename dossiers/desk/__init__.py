"""Staff pages: `counter`, `dossier`, `worklist`, `phone_calls`."""
