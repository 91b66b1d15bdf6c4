"""PostgreSQL and Valkey without installing either: the services of `make demo` and of the tests.

They are the same engines as in production, kept under DATA_DIR, reachable from this machine alone and
behind generated passwords. Where DATABASE_URL or REDIS_URL is set, that service is somebody else's and is
neither started nor stopped here. Imports no Django: the settings read what is left in DATA_DIR.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded import postgres, valkey
from portal.embedded.files import (
    STATE_FILE,
    Secrets,
    Services,
    ensure_secrets,
    from_environment,
    locked,
    prepare,
    read_state,
    write_state,
)
from portal.embedded.processes import EmbeddedError, EmbeddedUnavailable, Process

__all__ = [
    "EmbeddedError",
    "EmbeddedUnavailable",
    "Process",
    "Secrets",
    "Services",
    "ensure_secrets",
    "find_running",
    "read_state",
    "reset",
    "start",
    "stop",
]

_NO_SETTINGS: Mapping[str, str] = {}


def start(data_dir: Path, *, fsync: bool = True, settings: Mapping[str, str] = _NO_SETTINGS) -> Services:
    """Have PostgreSQL and Valkey answer, and say where.

    May be called again at any time, by any process: a service that runs and answers is reused, one that a
    killed run left behind is reused or replaced, and its data are kept. Two starts wait for each other.
    `fsync=False` is for tests: fast, and lost in a power cut. `settings` are PostgreSQL's own, applied when
    the server starts, not to one that already runs. On return `data_dir` holds `services.json` (0600).
    Raises EmbeddedUnavailable when this machine has no such service, EmbeddedError when one does not come up.
    """
    data_dir = prepare(data_dir)
    with locked(data_dir):
        services = read_state(data_dir) or Services(data_dir)
        if not os.environ.get("DATABASE_URL"):
            services = _start_postgres(services, fsync, settings)
        if not os.environ.get("REDIS_URL"):
            services = _start_valkey(services)
        return from_environment(services)


def _start_postgres(services: Services, fsync: bool, settings: Mapping[str, str]) -> Services:
    owner = urlsplit(services.database_owner_url).password
    runtime = urlsplit(services.database_url).password
    known = bool(owner and runtime)
    passwords = postgres.Passwords(owner, runtime) if owner and runtime else postgres.Passwords.generate()
    running = postgres.start(
        services.data_dir,
        passwords,
        passwords_are_new=not known,
        port=services.postgres_port,
        fsync=fsync,
        settings=settings,
    )
    services = replace(
        services,
        database_url=postgres.url(postgres.RUNTIME, passwords.runtime, running.port),
        database_owner_url=postgres.url(postgres.OWNER, passwords.owner, running.port),
        postgres_port=running.port,
        postgres=running.process,
        pgdata=running.data,
    )
    write_state(services)
    return services


def _start_valkey(services: Services) -> Services:
    password = urlsplit(services.redis_url).password or valkey.generate_password()
    running = valkey.start(services.data_dir, password, port=services.valkey_port)
    services = replace(
        services,
        redis_url=valkey.url(password, running.port),
        valkey_port=running.port,
        valkey=running.process,
    )
    write_state(services)
    return services


def stop(services: Services) -> None:
    """Stop both, Valkey first, keeping their data. Stops nothing but the very processes named.

    Raises EmbeddedError when one survives.
    """
    with locked(services.data_dir):
        try:
            if services.valkey:
                valkey.stop(services.valkey)
        finally:
            if services.postgres:
                postgres.stop(services.postgres)
        left = read_state(services.data_dir)
        if left:
            write_state(
                replace(
                    left,
                    valkey=left.valkey if left.valkey != services.valkey else None,
                    postgres=left.postgres if left.postgres != services.postgres else None,
                )
            )


def find_running(data_dir: Path) -> Services:
    """The services of `data_dir` with only those processes that run now, even if the state file was lost.

    Raises EmbeddedError when another account's or a moved server is in the way.
    """
    data_dir = data_dir.resolve()
    left = read_state(data_dir) or Services(data_dir)
    return replace(left, postgres=postgres.find_running(data_dir), valkey=valkey.find_running(data_dir))


def reset(data_dir: Path) -> None:
    """Stop both services and delete their data and addresses. The secrets and all other files stay."""
    data_dir = data_dir.resolve()
    if not data_dir.is_dir():
        return
    stop(find_running(data_dir))
    with locked(data_dir):
        valkey.remove(data_dir)
        postgres.remove(data_dir)
        (data_dir / STATE_FILE).unlink(missing_ok=True)
