"""Which processes of the installation live, on any machine: by the names of their sessions at the database.

A sign of life is a statement. Web, worker, relay and beat each have one every few seconds while they work.
"""

from dataclasses import dataclass
from math import inf

from tenants.isolation import advisory_locks
from tenants.isolation.backend import connection
from tenants.isolation.context import public_context

KINDS = ("web", "worker", "relay", "beat")
SILENT_SECONDS = 120.0
"""So long a process may be silent: a worker at a long task, or one that starts again."""
_SIGNS = """
SELECT split_part(name, '@', 1), count(DISTINCT split_part(name, '@', 2)),
    min(extract(epoch FROM clock_timestamp() - greatest(state_change, query_start)))::float
FROM (SELECT *, split_part(application_name, ' ', 2) AS name FROM pg_stat_activity
      WHERE application_name LIKE 'mot-cua %%@%%' AND datname = current_database()) one
WHERE split_part(name, '@', 2) = left(%(machine)s, 30) OR %(machine)s = ''
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Life:
    """On how many machines a kind of process has a session, and how long ago the last of them gave a sign."""

    machines: int = 0
    seconds: float = inf

    @property
    def is_alive(self) -> bool:
        return self.seconds < SILENT_SECONDS


def signs_of_life(machine: str = "") -> dict[str, Life]:
    """Each of KINDS, on this machine or on any; one without a session is silent for ever. Raises DatabaseError."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(_SIGNS, {"machine": machine})
        found = {kind: Life(machines, seconds) for kind, machines, seconds in cursor.fetchall()}
    return {kind: found.get(kind, Life()) for kind in KINDS}


def beat_holder() -> str:
    """The session of the beat that sends, by its name; "" for none. Raises DatabaseError."""
    with public_context():
        return advisory_locks.holder(advisory_locks.BEAT)
