"""One apply of a province at a time, and who it is that the next one waits for."""

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.steps import Tell
from tenants.isolation import advisory_locks

_NAME_MOST = 63  # PostgreSQL cuts application_name there.
_HOLDER = """
    SELECT activity.application_name, lock.pid, activity.backend_start
    FROM pg_locks lock JOIN pg_stat_activity activity USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.granted
      AND (lock.classid::bigint << 32 | lock.objid::bigint) = hashtextextended(%s, 0) AND lock.objsubid = 1
"""


@contextmanager
def alone(slug: str, tell: Tell) -> Iterator[None]:
    """Wait until no other apply of this province runs, and keep others out until the block ends.

    Whoever has to wait is told who is at work, on which machine and since when. The lock has a connection of
    its own: migrations close the one they ran on, and a lock goes with its session. It is freed when this
    process dies. The slug stands for the uuid, which a new province lacks.
    """
    own = connection.copy()
    key = f"province apply {slug}"
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [_signature()])
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
            if not cursor.fetchone()[0]:
                cursor.execute(_HOLDER, [key])
                tell(_words(cursor.fetchone()))
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        yield
    finally:
        advisory_locks.end(own)


def _signature() -> str:
    """Who this is, in plain letters: PostgreSQL replaces others."""
    name = f"{getpass.getuser()}@{socket.gethostname()} {os.getpid()}"
    return name.encode("ascii", "replace").decode()[:_NAME_MOST]


def _words(holder: tuple[str, int, datetime] | None) -> str:
    if holder is None or not holder[0]:
        return _("Một lần áp dụng khác đang chạy cho tỉnh này; đang chờ…")
    who, _space, process = holder[0].rpartition(" ")
    names = {"who": who, "process": process, "since": f"{holder[2].astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"}
    return (
        _(
            "Một lần áp dụng khác đang chạy cho tỉnh này: %(who)s, tiến trình %(process)s, từ %(since)s; đang chờ…"
        )
        % names
    )
