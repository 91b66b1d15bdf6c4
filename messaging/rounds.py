"""Finding the provinces in which the relay has something to do."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections

from messaging import broadcasts, probe
from messaging.housekeeping import tidy
from tenants import probes
from tenants.context import UnknownProvince, province_context
from tenants.records import ProvinceRecord

log = logging.getLogger(__name__)

# What the lanes do not see to themselves.
_TO_TIDY = frozenset({probe.INBOUND, probe.HEARD, probe.EXPIRED})


def with_work(go_on: Callable[[str], None] | None = None) -> Iterator[ProvinceRecord]:
    """Enter each province in which a lane may have something due, the longest waiting first.

    One statement looks through all provinces; it may find too much, so look again inside the province. What
    no lane sees to (stale messages, callbacks) is seen to on the way. Where a broadcast is to be gone on with,
    `go_on` is told the province's name; None: it is done here.
    """
    found: dict[str, set[str]] = {}
    for one in probes.waiting():
        if one.what == probes.UNREADABLE:
            # Being migrated or damaged: entering it would hold up all others.
            log.warning("%s cannot be looked through now", one.schema)
            continue
        found.setdefault(one.schema, set()).add(one.what)
    for slug, what in found.items():
        try:
            with province_context(slug) as province:
                if what & _TO_TIDY:
                    _see_to(tidy, slug)
                if probe.BROADCAST in what:
                    (go_on or go_on_with_broadcasts)(slug)
                yield province
        except UnknownProvince:
            # Archived since.
            continue


def go_on_with_broadcasts(slug: str) -> None:
    """Take the broadcasts of the province of this name some steps further; raises nothing."""
    try:
        with province_context(slug):
            broadcasts.go_on()
    except Exception:
        log.exception("broadcasts of %s", slug)


class Beside:
    """Goes on with broadcasts in a thread with a connection of its own, so that no lane waits for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="broadcast")
        self._going: dict[str, Future[None]] = {}

    def __call__(self, slug: str) -> None:
        """Begin, unless it goes on already."""
        going = self._going.get(slug)
        if going is None or going.done():
            self._going[slug] = self._pool.submit(self._go_on, slug)

    def end(self) -> None:
        """Wait for the step that is being taken."""
        self._pool.shutdown(cancel_futures=True)

    @staticmethod
    def _go_on(slug: str) -> None:
        close_old_connections()
        go_on_with_broadcasts(slug)


def _see_to(work: Callable[[], int], slug: str) -> None:
    try:
        work()
    except Exception:
        log.exception("%s of %s", work.__name__, slug)
