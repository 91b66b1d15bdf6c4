"""The schedule alone, for `celery -A portal.beat beat`: it sends names of tasks, and needs neither tasks nor models.

Any number may run. One sends: whose session holds the lock in the database; the others follow the clock and wait.
"""

import gc
import logging.config
import socket
import time
from typing import Any

import psycopg
from celery import Celery, signals
from celery.beat import PersistentScheduler, ScheduleEntry
from django.conf import settings

from portal import GC_THRESHOLD
from portal.celery import configure
from tenants.isolation import advisory_locks

gc.set_threshold(*GC_THRESHOLD)

# Without Django's fixup, which loads every application. Not the current one: who names the scheduler imports this.
app = Celery("mot-cua", fixups=[], set_as_current=False)
app.on_configure.connect(lambda **kwargs: configure(app), weak=False)
log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
RETRY_SECONDS = 1.0
GAP_SECONDS = 60.0
"""A machine that lost its power keeps the lock for half a minute. What fell due meanwhile is sent by the next holder,
perhaps once more."""
# The server ends the session of a machine that is gone. Its own default is to ask after two hours.
_KEEPALIVES = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
# A session may take its lock many times. On a server that follows another, such a lock keeps nobody out.
_HOLD = f"""
SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_try_advisory_lock(hashtextextended('{advisory_locks.BEAT}', 0)) END
"""


@signals.setup_logging.connect(weak=False)
def _log_as_django_does(**kwargs: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)


class _Session(psycopg.Connection[Any]):
    """Waits ANSWER_SECONDS for each answer: a frozen server gives none, and its standby may have been promoted."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, ANSWER_SECONDS if timeout is None else timeout)


def _connect() -> _Session:
    """A session of its own, without Django's backend, which needs models."""
    known = settings.DATABASES["default"]
    name = f"mot-cua beat@{socket.gethostname()[:30]}"
    session = _Session.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=known["USER"],
        password=known["PASSWORD"],
        dbname=known["NAME"],
        autocommit=True,
        **{**known["OPTIONS"], "application_name": name},
    )
    session.execute(_KEEPALIVES)
    return session


class Scheduler(PersistentScheduler):
    """Sends while its session holds the lock. What another holder sends is passed over, so that nothing is sent late.

    While no database answers nothing is sent and nothing passed over.
    """

    _session: _Session | None = None
    _holds: bool | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._passed: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Asked before each task: a lock that was lost meanwhile sends none."""
        held, self._holds = self._holds, self._ask()
        if self._holds is None:
            return RETRY_SECONDS
        if self._holds and not held:
            self._catch_up()
        return super().tick(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        if self._holds:
            super().apply_entry(entry, producer)
        else:
            self._passed[entry.name] = time.monotonic()

    def _catch_up(self) -> None:
        log.warning("beat: this process sends from now on")
        for name, at in self._passed.items():
            if name in self.schedule and time.monotonic() - at < GAP_SECONDS:
                super().apply_entry(self.schedule[name], self.producer)
        self._passed.clear()

    def _ask(self) -> bool | None:
        """Whether this process holds the lock; None where no server that takes writes answers."""
        try:
            if self._session is None:
                self._session = _connect()
            (holds,) = self._session.execute(_HOLD).fetchone() or (None,)
        except psycopg.Error as error:
            log.warning("beat: no lock, the database: %s", type(error).__name__)
            holds = None
        if holds is None and self._session is not None:
            # The server frees the lock with the session; of what becomes of either no answer says anything.
            self._session.close()
            self._session = None
        return holds
