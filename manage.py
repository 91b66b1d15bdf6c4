#!/usr/bin/env python
"""Command line of the portal."""

import os
import sys

# Commands that create or change tables log in as the owner of the database; all others, like web and
# worker, log in as the runtime user, whom the grants refuse what a bug might ask for.
OWNER_COMMANDS = frozenset({"migrate", "migrate_schemas", "create_missing_schemas", "province", "schemas"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("DB_LOGIN", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
