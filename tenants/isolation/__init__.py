"""One schema per province: backend, context, locks, migrations, append-only."""
