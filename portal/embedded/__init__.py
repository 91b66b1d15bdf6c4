"""PostgreSQL and Valkey without installing either: the services of `make demo` and of the tests.

They are the same engines as in production, kept under DATA_DIR, reachable from this machine alone and
behind generated passwords. Where DATABASE_URL or REDIS_URL is set, that service is somebody else's and is
neither started nor stopped here. Imports no Django: the settings read what is left in DATA_DIR.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from portal.embedded import patroni, postgres, valkey
from portal.embedded.files import (
    STATE_FILE,
    Services,
    ensure_secrets,
    locked,
    read_state,
    usable,
    write_state,
)
from portal.embedded.processes import EmbeddedError, EmbeddedUnavailable, StillRunning, running, stop_servers


def start(
    data_dir: Path, *, fsync: bool = True, settings: Mapping[str, str] | None = None, ha: bool = False
) -> Services:
    """Have PostgreSQL and Valkey answer, and say where. One that runs already is left as it is.

    Two starts wait for each other. `ha`: two servers of PostgreSQL under Patroni, on data of their own. `fsync=False` is for tests: fast, and lost in a power cut. `settings` are
    PostgreSQL's own, applied when it starts. `services.json` (0600) holds ports and passwords, chosen once.
    Raises EmbeddedUnavailable when this machine has no such service, EmbeddedError when one does not come up.
    """
    database, redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    with usable(data_dir) as folder, locked(folder):
        services = read_state(folder)
        if ha:
            runtime, owner = patroni.start(folder, fsync=fsync, settings=settings or {})
            services = replace(services, database_url=runtime, database_owner_url=owner)
            write_state(folder, services)
        elif "," in services.database_url:  # the last start had two servers
            services = replace(services, database_url="", database_owner_url="")
        if not (database or ha) and _is_to_be_started(folder, "postgres", services.database_url):
            runtime, owner = postgres.start(folder, services, fsync=fsync, settings=settings or {})
            services = replace(services, database_url=runtime, database_owner_url=owner)
            write_state(folder, services)
        if not redis and _is_to_be_started(folder, "valkey", services.redis_url):
            services = replace(services, redis_url=valkey.start(folder, services.redis_url))
            write_state(folder, services)
    if database:
        owner = os.environ.get("DATABASE_OWNER_URL", database)
        services = replace(services, database_url=database, database_owner_url=owner)
    return replace(services, redis_url=redis) if redis else services


def _is_to_be_started(data_dir: Path, name: str, address: str) -> bool:
    """Raises StillRunning when it runs, but nothing says where."""
    runs = running(data_dir, name) is not None
    if runs and not address:
        raise StillRunning(name, data_dir)
    return not runs


def stop(data_dir: Path) -> None:
    """Stop Valkey, then PostgreSQL, keeping their data. Raises EmbeddedError when one survives."""
    stop_all(data_dir.resolve(), "valkey", "postgres", *patroni.SERVERS)


def stop_all(data_dir: Path, *names: str) -> list[str]:
    """Stop these, a leader after its standby, then what Patroni left behind. Returns the names of what ran."""
    ran = [name for name in patroni.in_stop_order(data_dir, list(names)) if running(data_dir, name)]
    stop_servers(data_dir, *ran)
    return ran + patroni.stop_left(data_dir)


def reset(data_dir: Path) -> None:
    """Stop both services and delete their data and addresses. The secrets and all other files stay."""
    stop(data_dir)
    postgres.remove(data_dir)
    patroni.remove(data_dir)
    shutil.rmtree(data_dir / "valkey", ignore_errors=True)
    (data_dir / STATE_FILE).unlink(missing_ok=True)
