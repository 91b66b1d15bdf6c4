"""One schema per province: province and domain, roles, backend, context, keys, migrations of all schemas."""
