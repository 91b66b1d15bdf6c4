#!/usr/bin/env python
"""Command line of the portal."""

import os
import sys

# Commands that create or change tables, or look into what a swap kept, log in as the owner of the database;
# all others, like web and worker, log in as the runtime user, whom the grants refuse what a bug might ask for.
OWNER_COMMANDS = frozenset(
    {"migrate", "migrate_schemas", "create_missing_schemas", "province", "schemas", "backup", "files"}
)

# Settings by which a command that touches neither database nor queue can run on a bare machine.
NOWHERE = {
    "SECRET_KEY": "x",
    "FIELD_KEYS": "x",
    "INDEX_KEYS": "x",
    "DATABASE_URL": "postgresql://x@127.0.0.1:9/x",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}


def needs_no_services(arguments: list[str]) -> bool:
    """Counting a due date by the national calendar needs none; by a province's own it does."""
    return arguments[:1] == ["deadline"] and not any(word.startswith("--pr") for word in arguments)


def main() -> None:
    if needs_no_services(sys.argv[1:]):
        os.environ.update(NOWHERE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("DB_LOGIN", "owner")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except SystemExit as stop:
        if sys.argv[1:2] != ["doctor"] or not isinstance(stop.code, str):
            raise
        # The settings cannot be read: nothing was looked at.
        sys.stderr.write(f"{stop.code}\n")
        sys.exit(2)
    except Exception as error:
        from tenants.isolation.backend import server
        from tenants.isolation.crypto import CannotDecrypt

        if failure := server.failure(error):
            sys.exit(f"{failure} ({server.detail(error)})")
        if not isinstance(error, CannotDecrypt):
            raise
        # Keys were rotated meanwhile, or this command was started with others.
        sys.exit(
            f"{error} Khóa FIELD_KEYS của lệnh này không mở được; đặt đủ khóa như các tiến trình khác rồi chạy lại."
        )


if __name__ == "__main__":
    main()
