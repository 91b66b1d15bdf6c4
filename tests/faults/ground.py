"""A cluster of its own for the fault table: PostgreSQL with fsync on and Valkey, in a temporary folder.

Imports no Django: `Ground` must stand before Django reads its settings.
"""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from portal import embedded
from portal.embedded.files import Services
from portal.embedded.processes import stop_servers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ground:
    """The services, and the environment of the processes that stand on them."""

    def __init__(self, provider: Mapping[str, str], keep: bool = False) -> None:
        """`provider`: what the portal's processes are told of the provider."""
        self.keep = keep
        self.folder = Path(tempfile.mkdtemp(prefix="mot-cua-faults-"))
        self.folder.chmod(0o700)
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        self.services = self._start()
        self.web_port = free_port()
        self.environ = {
            **os.environ,
            "DATABASE_URL": self.services.database_url,
            "REDIS_URL": self.services.redis_url,
            **embedded.ensure_secrets(self.folder),
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            **provider,
            "NATIONAL_HOST": "localhost",
            "PUBLIC_SCHEME": "http",
            "PUBLIC_PORT": str(self.web_port),
            "DB_LOGIN": "runtime",
            "DEMO": "0",
            "DEBUG": "0",
        }
        # This process alone makes schemas; the portal's own never learn the owner's address.
        os.environ.update(
            self.environ,
            DATABASE_OWNER_URL=self.services.database_owner_url,
            DJANGO_SETTINGS_MODULE="tests.settings",
        )

    def _start(self) -> Services:
        return embedded.start(self.folder, fsync=True)

    def start_services(self) -> None:
        """Have both answer again, where they answered before."""
        hidden = {name: os.environ.pop(name) for name in ("DATABASE_URL", "REDIS_URL")}
        owner = os.environ.pop("DATABASE_OWNER_URL")
        try:
            ports = self.services.postgres_port, self.services.valkey_port
            self.services = embedded.start(self.folder, fsync=True)
            assert ports == (self.services.postgres_port, self.services.valkey_port)
        finally:
            os.environ.update(hidden, DATABASE_OWNER_URL=owner)

    def crash_postgres(self) -> None:
        """`pg_ctl stop -m immediate`: SIGQUIT to the postmaster, no checkpoint, every session cut."""
        stop_servers(self.folder, "postgres", number=signal.SIGQUIT)

    def kill_valkey(self) -> None:
        """kill -9, and nothing of its data is left."""
        stop_servers(self.folder, "valkey", number=signal.SIGKILL)
        shutil.rmtree(self.folder / "valkey" / "appendonlydir", ignore_errors=True)
        for dump in (self.folder / "valkey").glob("*.rdb"):
            dump.unlink()

    def remove(self) -> None:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        if self.keep:
            embedded.stop(self.folder)
            return
        embedded.reset(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
