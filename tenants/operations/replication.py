"""Which machine leads the database, and which follow it: how far behind, and which is missing.

PostgreSQL is asked with the portal's own login, which needs no more rights: streams and slots are enough for a lag in
bytes. The lag in seconds stands there where that login may read it (`pg_monitor`). Patroni, where PATRONI_API names its
nodes, adds the names and when the leader changed last.
"""

import json
import logging
import re
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.isolation.backend import connection
from tenants.isolation.context import public_context

log = logging.getLogger(__name__)

KEEP_SECONDS = 10.0
ANSWER_SECONDS = 1.0
_LEADER = """
SELECT pg_is_in_recovery(), coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'socket'),
    current_setting('synchronous_standby_names')
"""
# A slot is the place of a machine that was here, so one that is not used tells of a missing one.
_STANDBYS = r"""
SELECT coalesce(nullif(r.application_name, ''), s.slot_name, ''), coalesce(s.active, true) AND coalesce(r.state, 'streaming') = 'streaming',
    r.sync_state, pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(r.replay_lsn, s.restart_lsn))::bigint,
    extract(epoch FROM r.replay_lag)::float
FROM pg_stat_replication r
FULL JOIN (SELECT * FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary) s ON s.active_pid = r.pid
WHERE coalesce(r.application_name, '') NOT LIKE 'pg\_%' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Standby:
    """`lag_bytes`, `lag_seconds`: what it has yet to take over; None where that cannot be known."""

    name: str
    is_following: bool
    is_synchronous: bool = False
    lag_bytes: int | None = None
    lag_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """The machines of the database. `expected`: so many are named in PATRONI_API, else in DATABASE_URL.

    `leader` is "" while none takes writes. `silent`: nodes of PATRONI_API of which none answered.
    """

    leader: str = ""
    standbys: tuple[Standby, ...] = ()
    expected: int = 1
    failover_at: datetime | None = None
    silent: tuple[str, ...] = ()

    @property
    def following(self) -> list[Standby]:
        return [one for one in self.standbys if one.is_following]

    @property
    def missing(self) -> int:
        """How many standbys should be here and are not."""
        return max(self.expected, 1 + len(self.standbys)) - 1 - len(self.following)

    @property
    def fault(self) -> str:
        """What is wrong, in a sentence; "" when all is well."""
        if not self.leader:
            return _("Không máy cơ sở dữ liệu nào nhận ghi.")
        if self.missing:
            gone = ", ".join(one.name for one in self.standbys if not one.is_following) or _("không rõ tên")
            words = {"count": self.missing, "names": gone}
            return _("Thiếu %(count)d máy cơ sở dữ liệu dự phòng: %(names)s.") % words
        if self.silent:
            return _("Không hỏi được Patroni ở %(nodes)s.") % {"nodes": ", ".join(self.silent)}
        return ""


_lock = threading.Lock()
_known: tuple[float, Cluster] | None = None


def clear_cache() -> None:
    """Ask anew at the next look."""
    global _known
    _known = None


def look() -> Cluster:
    """The cluster as it was at most KEEP_SECONDS ago. Waits ANSWER_SECONDS for a node of Patroni, for three at most."""
    global _known
    known = _known
    if known and time.monotonic() - known[0] < KEEP_SECONDS:
        return known[1]
    if not _lock.acquire(blocking=known is None):
        return known[1] if known else Cluster()
    try:
        found = _look()
        _known = (time.monotonic(), found)
        return found
    finally:
        _lock.release()


def _look() -> Cluster:
    nodes = tuple(settings.PATRONI_API)
    expected = len(nodes) or len(settings.DATABASES["default"]["HOST"].split(","))
    leader = ""
    standbys: list[Standby] = []
    try:
        with public_context(), connection.cursor() as cursor:
            cursor.execute(_LEADER)
            follows, address, names = cursor.fetchone()
            if not follows:
                cursor.execute(_STANDBYS)
                named = set(re.findall(r"[\w.*-]+", names))
                standbys = [_standby(row, named) for row in cursor.fetchall()]
                leader = address
    except Exception:
        log.exception("the database's machines")
    if not nodes:
        return Cluster(leader, tuple(standbys), expected)
    said = _ask_patroni(nodes, "/cluster")
    if said is None:
        return Cluster(leader, tuple(standbys), expected, silent=nodes)
    streams = {_plain(one.name): one for one in standbys}
    members: list[Standby] = []
    for member in said["members"]:
        name, role = member["name"], member["role"]
        # Patroni remembers a machine for half a minute after its stream has ended.
        stream = streams.pop(_plain(name), Standby(name, is_following=False))
        if role == "leader":
            leader = leader and name
        else:
            synchronous = role in ("sync_standby", "quorum_standby")
            members.append(replace(stream, name=name, is_synchronous=synchronous))
    history = _ask_patroni(nodes, "/history") or []
    return Cluster(leader, (*members, *streams.values()), expected, _last_change(history))


def _standby(row: tuple[Any, ...], named: set[str]) -> Standby:
    name, is_following, sync_state, lag, seconds = row
    is_synchronous = sync_state in ("sync", "quorum") or (sync_state is None and bool(named & {name, "*"}))
    return Standby(name, is_following, is_synchronous, lag, seconds)


def _plain(name: str) -> str:
    """A member's name as Patroni writes it into the name of its slot."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())


def _last_change(history: list[list[Any]]) -> datetime | None:
    """When the newest timeline began. Patroni writes the moment and the new leader once it leads."""
    return next((datetime.fromisoformat(row[3]) for row in reversed(history) if len(row) > 3), None)


def _ask_patroni(nodes: tuple[str, ...], path: str) -> Any:
    """What the first node that answers says; None where none of three does."""
    for node in nodes[:3]:
        parts = urlsplit(node)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        try:
            with closing(kind(parts.netloc, timeout=ANSWER_SECONDS)) as asked:
                asked.request("GET", path)
                answer = asked.getresponse()
                if answer.status == 200:
                    return json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            log.warning("Patroni does not answer: %s", node)
    return None
