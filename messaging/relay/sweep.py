"""Finding the provinces in which the relay has something to do."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connections

from messaging import broadcasts
from messaging.broadcasts import articles
from messaging.event_log import note_failure
from messaging.relay import work_discovery as due_work
from messaging.relay.housekeeping import tidy
from tenants.isolation import work_discovery
from tenants.isolation.context import UnknownProvince, province_context
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

_unreadable: set[str] = set()
# What the lanes do not see to themselves.
_TO_TIDY = frozenset({due_work.INBOUND, due_work.HEARD, due_work.EXPIRED})


def with_work(go_on: Callable[[str], None] | None = None) -> Iterator[ProvinceRecord]:
    """Enter each province in which a lane may have something due, the longest waiting first.

    One statement looks through all provinces; it may find too much, so look again inside the province. What
    no lane sees to (stale messages, callbacks) is seen to on the way. Where a broadcast is to be gone on with,
    `go_on` is told the province's name; None: it is done here.
    """
    found: dict[str, set[str]] = {}
    unreadable: set[str] = set()
    for one in work_discovery.waiting():
        if one.what == work_discovery.UNREADABLE:
            # Being migrated or damaged: entering it would hold up all others.
            unreadable.add(one.schema)
            continue
        found.setdefault(one.schema, set()).add(one.what)
    _name_once(unreadable)
    for slug, what in found.items():
        try:
            with province_context(slug) as province:
                if what & _TO_TIDY:
                    _see_to(tidy, slug)
                if due_work.BROADCAST in what:
                    (go_on or go_on_with_broadcasts)(slug)
                yield province
        except UnknownProvince:
            # Archived since.
            continue


def _name_once(unreadable: set[str]) -> None:
    """Write down the provinces that cannot be looked through, each once until it can: there is a look each second."""
    for slug in sorted(unreadable - _unreadable):
        log.warning("%s cannot be looked through now", slug)
    _unreadable.clear()
    _unreadable.update(unreadable)


def go_on_with_broadcasts(slug: str) -> None:
    """Take the broadcasts of the province of this name some steps further; raises nothing."""
    try:
        with province_context(slug):
            broadcasts.go_on()
    except Exception:
        log.exception("broadcasts of %s", slug)


def go_on_with_articles(slug: str) -> None:
    """Take the articles of the province of this name one step further; raises nothing."""
    try:
        with province_context(slug):
            articles.work_off()
    except Exception:
        log.exception("articles of %s", slug)


class Beside:
    """Goes on with broadcasts in a thread with a connection of its own, so that no lane waits for it; and with their
    articles in another, so that no broadcast waits for a provider. The queue may be down."""

    def __init__(self) -> None:
        works = (go_on_with_broadcasts, go_on_with_articles)
        self._pools = [(work, ThreadPoolExecutor(1, thread_name_prefix=work.__name__)) for work in works]
        self._going: dict[tuple[int, str], Future[None]] = {}

    def __call__(self, slug: str) -> None:
        """Begin, unless it goes on already."""
        for number, (work, pool) in enumerate(self._pools):
            going = self._going.get((number, slug))
            if going is None or going.done():
                self._going[number, slug] = pool.submit(self._do, work, slug)

    def end(self) -> None:
        """Wait for the steps that are being taken."""
        for going in self._going.values():
            going.cancel()
        for _work, pool in self._pools:
            pool.submit(connections.close_all)
            pool.shutdown()

    @staticmethod
    def _do(work: Callable[[str], None], slug: str) -> None:
        close_old_connections()
        work(slug)


def _see_to(work: Callable[[], int], slug: str) -> None:
    try:
        work()
    except Exception:
        note_failure(work.__name__, slug)
